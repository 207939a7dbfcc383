import { equal, notEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { createNeedleMemory } from './memory.ts'

test('forms of a value are made once, by its kind, and forgotten when asked to', () => {
  const memory = createNeedleMemory()
  const first = memory.of('email', 'anna@mail.example')
  equal(memory.of('email', 'anna@mail.example'), first)
  notEqual(memory.of('user_id', 'anna@mail.example'), first)
  equal(memory.of('user_id', 'id'), undefined)
  memory.forget()
  notEqual(memory.of('email', 'anna@mail.example'), first)
})

test('no more values are remembered than there is room for, and the newest ones are', () => {
  const memory = createNeedleMemory()
  const first = memory.of('email', 'anna@mail.example')
  const others = Array.from({ length: 5_000 }, (_, index) => `p.${index}@mail.example`)
  const made = others.map((text) => memory.of('email', text))
  ok(others.slice(-1_000).every((text, index) => memory.of('email', text) === made.slice(-1_000)[index]))
  notEqual(memory.of('email', 'anna@mail.example'), first)
})
