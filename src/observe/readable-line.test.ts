import { equal } from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { readableLine } from './readable-line.ts'

// Sound: no terminal, which is all that is asked of it.
const PIPE = new PassThrough() as unknown as NodeJS.WriteStream
const line = (more: object) => JSON.stringify({ level: 40, time: '2026-01-02T03:04:05.678Z', ...more })

test('time, level, words, facts: one line, without the frames of a stack', () => {
  const said = line({ partner: 'acme', why: 'two words', count: 2, at: ['at a (b.ts:1)'], msg: 'left alone' })
  equal(readableLine(said, PIPE), '03:04:05 warn  left alone  partner=acme why="two words" count=2\n')
  equal(readableLine(line({ msg: 'running' }), PIPE), '03:04:05 warn  running\n')
})

test('what is no line of ours is printed as it is', () => {
  equal(readableLine('plain\n', PIPE), 'plain\n')
})
