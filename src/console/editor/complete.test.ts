import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { placeOf } from './complete.ts'

describe('where the cursor is in YAML', () => {
  const rows: readonly [text: string, path: readonly string[], isValue: boolean][] = [
    ['', [], false],
    ['role: ', ['role'], true],
    ['share:\n  ', ['share'], false],
    ['share:\n  ip: pass\n  os: ', ['share', 'os'], true],
    ['when_restricted: { ', ['when_restricted'], false],
    ['when_restricted: { send: ', ['when_restricted', 'send'], true],
    ['when_restricted: { send: limited, share: { os: ', ['when_restricted', 'share', 'os'], true],
    ['events:\n  Order Completed: { as: ', ['events', 'Order Completed', 'as'], true],
    ['share:\n  ip: pass\nlimits:\n  ', ['limits'], false],
  ]
  for (const [text, path, isValue] of rows)
    test(JSON.stringify(text), () => {
      const lines = text.split('\n')
      deepEqual(placeOf(lines.slice(0, -1), lines.at(-1) ?? ''), { path, isValue })
    })
})
