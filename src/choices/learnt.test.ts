import { deepEqual, equal } from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { openLearntMark } from './learnt.ts'

describe('how many signals were learnt', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
    path = join(folder, 'learnt.json')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const onDisk = (): unknown => JSON.parse(readFileSync(path, 'utf8'))

  test('is on disk at once for the first, and at the end for the last', () => {
    const mark = openLearntMark(path)
    equal(mark.found, undefined)
    mark.note(1)
    deepEqual(onDisk(), { learnt: 1 })
    for (let learnt = 2; learnt < 50; learnt++) mark.note(learnt)
    mark.close()
    deepEqual(onDisk(), { learnt: 49 })
    equal(openLearntMark(path).found, 49)
  })

  test('never goes back: an older choices.db does not pass for the newest', () => {
    writeFileSync(path, '{"learnt":7}')
    const mark = openLearntMark(path)
    mark.note(3)
    mark.close()
    deepEqual(onDisk(), { learnt: 7 })
  })

  test('a file that holds no count is damaged, not a zero, until a count is noted', () => {
    for (const text of ['', '{}', '{"learnt":"7"}', '{"learnt":-1}', 'null']) {
      writeFileSync(path, text)
      const mark = openLearntMark(path)
      deepEqual([mark.found, mark.damaged], [undefined, true], text)
      mark.note(2)
      mark.close()
      deepEqual(onDisk(), { learnt: 2 })
    }
  })
})
