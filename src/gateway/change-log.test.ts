import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { createChangeLog } from './change-log.ts'

test('each change is one line with names; what is no change says nothing', () => {
  const lines: unknown[] = []
  const said = (level: string) => (facts: object, words: string) => void lines.push([level, words, facts])
  const changes = createChangeLog({ info: said('info'), warn: said('warn') } as never)
  changes.tell('published', { revision: 2, author: 'files', change: 'narrower' })
  changes.nameBy((id) => ({ a1: 'Ann', b2: 'Ben' })[id])
  changes.tell('published_next', { author: 'a1' })
  changes.tell('published', { revision: 3, author: 'a1', coauthors: 'c3', approved_by: 'b2', change: 'wider' })
  changes.tell('proposal_rejected', { proposal: 4, by: 'b2' })
  changes.tell('stopped', { partner: 'all', author: 'a1', reason: 'incident' })
  deepEqual(lines, [
    ['info', 'published by files', { revision: 2, change: 'narrower' }],
    ['info', 'published by Ann', { revision: 3, change: 'wider', with: 'c3', approved_by: 'Ben' }],
    ['info', 'proposal turned down by Ben', { proposal: 4 }],
    ['warn', 'stopped by Ann', { partner: 'all', reason: 'incident' }],
  ])
})
