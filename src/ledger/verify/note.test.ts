import { deepEqual, equal } from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, test } from 'node:test'
import { openNote, type TrustedKey } from './note.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const TEXT = 'what is signed\n'
const ID = Buffer.from('01020304', 'hex')
const TRUSTED: readonly TrustedKey[] = [{ name: 'ledger.example', id: ID.toString('hex'), key: publicKey }]
const line = (signature: Buffer, name = 'ledger.example'): string =>
  `— ${name} ${Buffer.concat([ID, signature]).toString('base64')}\n`
const good = line(sign(null, Buffer.from(TEXT), privateKey))
const wrong = line(Buffer.alloc(64, 7))
const note = (...lines: readonly string[]): string => `${TEXT}\n${lines.join('')}`

describe('a signed note', () => {
  test('of several signatures by one key the first counts', () => {
    deepEqual(openNote(note(good, good, wrong), TRUSTED), { state: 'valid', text: TEXT })
    equal(openNote(note(wrong, good), TRUSTED).state, 'invalid')
  })

  test('others’ signatures are passed over, and alone they are none', () => {
    const others = line(Buffer.alloc(64), 'witness.example')
    equal(openNote(note(others, good), TRUSTED).state, 'valid')
    equal(openNote(note(others), TRUSTED).state, 'unknown_key')
  })

  test('with more than a hundred signatures it is refused, before one is checked', () => {
    equal(openNote(note(...Array.from({ length: 100 }, () => good)), TRUSTED).state, 'valid')
    deepEqual(openNote(note(...Array.from({ length: 101 }, () => good)), TRUSTED), {
      state: 'invalid',
      why: 'it has too many signatures',
    })
  })
})
