import { deepEqual, doesNotMatch, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StandingChoice } from '../model/choice.ts'
import { parseChoiceBody, renderChoices } from './statement.ts'

const SAID = { channel: 'user_token', saidBy: 'user', at: 5 } as const

describe('a choice body', () => {
  const good: [unknown, { denies: number; permits: number; child: boolean }][] = [
    [{ opt_out: true }, { denies: 7, permits: 0, child: false }],
    [{ opt_out: false }, { denies: 0, permits: 0, child: false }],
    [{ sale: 'deny' }, { denies: 1, permits: 0, child: false }],
    [
      { sale: 'deny', sharing: 'deny', targeted_advertising: 'deny' },
      { denies: 7, permits: 0, child: false },
    ],
    [
      { sale: 'allow', precise_location: 'deny' },
      { denies: 8, permits: 1, child: false },
    ],
    [{ child: true }, { denies: 0, permits: 0, child: true }],
    [
      { opt_out: true, child: true },
      { denies: 7, permits: 0, child: true },
    ],
  ]
  for (const [body, expected] of good) {
    test(`${JSON.stringify(body)} is understood`, () => {
      deepEqual(parseChoiceBody(body, SAID), { ok: true, statement: { ...expected, ...SAID } })
    })
  }

  const bad: [unknown, string][] = [
    [undefined, ''],
    [null, ''],
    ['opt_out', ''],
    [[], ''],
    [{}, ''],
    [{ opt_out: 'true' }, 'opt_out'],
    [{ opt_out: 1 }, 'opt_out'],
    [{ sale: 'Deny' }, 'sale'],
    [{ sale: true }, 'sale'],
    [{ sale: null }, 'sale'],
    [{ opt_out: true, sale: 'deny' }, 'opt_out'],
    [{ opt_out: false, child: true }, 'child'],
    [{ child: false }, 'child'],
    [{ opt_out: true, user: 'jane@example.org' }, ''],
    [{ opt_out: true, constructor: 1 }, ''],
  ]
  for (const [body, path] of bad) {
    test(`${JSON.stringify(body)} is refused at ${path === '' ? 'the body' : path}`, () => {
      const parsed = parseChoiceBody(body, SAID)
      equal(parsed.ok, false)
      equal(parsed.ok ? undefined : parsed.problems[0]?.path, path)
    })
  }

  test('all problems come at once, and none repeats what was sent', () => {
    const parsed = parseChoiceBody({ sale: 'jane@example.org', sharing: 'x', 'jane@example.org': 1 }, SAID)
    equal(parsed.ok ? 0 : parsed.problems.length, 3)
    doesNotMatch(JSON.stringify(parsed), /jane/)
  })
})

describe('the answer', () => {
  const choice = (said: Partial<StandingChoice>): StandingChoice => ({
    kind: 'choice',
    denies: 0,
    permits: 0,
    child: false,
    channel: 'app',
    saidBy: 'app',
    at: Date.UTC(2026, 10, 3),
    ...said,
  })

  test('says nothing where nobody spoke', () => {
    deepEqual(renderChoices([]), { opt_out: false, choices: {}, statements: [] })
  })

  test('lets a denial win over an opt-in, and names who said what and when', () => {
    deepEqual(renderChoices([choice({ denies: 7 }), choice({ permits: 9, channel: 'staff', saidBy: 'staff' })]), {
      opt_out: true,
      choices: { sale: 'deny', sharing: 'deny', targeted_advertising: 'deny', precise_location: 'allow' },
      statements: [
        {
          kind: 'choice',
          denies: ['sale', 'sharing', 'targeted_advertising'],
          permits: [],
          child: false,
          channel: 'app',
          said_by: 'app',
          at: '2026-11-03T00:00:00.000Z',
        },
        {
          kind: 'choice',
          denies: [],
          permits: ['sale', 'precise_location'],
          child: false,
          channel: 'staff',
          said_by: 'staff',
          at: '2026-11-03T00:00:00.000Z',
        },
      ],
    })
  })

  test('holds choices in the shape that PUT takes', () => {
    const { choices } = renderChoices([choice({ denies: 3, child: true })])
    deepEqual(choices, { sale: 'deny', sharing: 'deny', child: true })
    equal(parseChoiceBody(choices, SAID).ok, true)
  })
})
