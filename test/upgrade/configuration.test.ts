/** Files of earlier versions, held against the revision that their own version made of them. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadConfig } from '../../src/contracts/load.ts'
import type { Revision } from '../../src/model/brand.ts'
import { topOf } from '../../src/model/field-class.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { createExaminer } from '../../src/publish/examiner.ts'
import { plansOf } from '../../src/publish/pairs.ts'
import { readRevision } from '../../src/publish/revision-files.ts'

const layouts = (await readdir(import.meta.dirname)).filter((name) => name.startsWith('layout-'))
const types = partnerTypes()
const { meaning } = createExaminer(types)

describe('an old configuration', () => {
  for (const layout of layouts) {
    const home = join(import.meta.dirname, layout)
    // Every folder's first revision is its files as they were.
    const made = readRevision(join(home, 'data', 'revisions'), 1 as Revision)
    ok(made !== undefined)

    test(`${layout}: loads unchanged, and means what it meant or less: a key that came since widens nothing`, async () => {
      const loaded = await loadConfig(join(home, 'config'), types, Date.now())
      deepEqual(loaded.ok ? [] : loaded.problems, [])
      if (!loaded.ok) return
      const now = made.activatedAt
      const { change, words } = await meaning({ before: plansOf(made), after: loaded.config.plans, now })
      ok(change === 'same' || change === 'narrower', `${change}: ${words}`)
    })

    test(`${layout}: the comparison is one that notices a class more`, async () => {
      const now = made.activatedAt
      const [first, ...rest] = made.contracts
      const wider = { ...first!, share: { ...first!.share, user_id: topOf('user_id') } }
      const after = { ...plansOf(made), contracts: [wider, ...rest] }
      equal((await meaning({ before: plansOf(made), after, now })).change, 'wider')
    })
  }
})
