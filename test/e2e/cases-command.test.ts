/** `sluice case` and `sluice subject link`: texts and people come from files, and never stand among the arguments. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { sluice } from '../support/sluice.ts'
import { startWithUsers } from '../support/users.ts'

test('sluice case opens, lists, shows, notes, extends, refuses and closes; sluice subject link prints an address', async (t) => {
  const { house } = await startWithUsers(t)
  const at = ['--control', house.gateway.controlUrl, '--token-file', join(house.folder.data, 'keys', 'staff.token')]
  const who = join(house.folder.root, 'who.json')
  await writeFile(who, JSON.stringify({ user: 'ann' }))

  const opened = await sluice(
    ['case', 'open', ...at, '--identity', who, '--kind', 'access', '--law', 'eea', '--text-file', '-', '--json'],
    'Phone call on Monday.',
  )
  equal(opened.code, 0, opened.err)
  const { case: id, due } = JSON.parse(opened.out)
  const noted = await sluice(
    ['case', 'note', id, ...at, '--evidence', 'knowledge', '--text-file', '-'],
    'Knew two orders.',
  )
  equal(noted.code, 0, noted.err)
  ok(noted.out.includes('noted by') && noted.out.includes('(knowledge)') && noted.out.includes('Knew two orders.'))
  const listed = await sluice(['case', 'list', ...at])
  ok(listed.out.includes(`${id}  access by person; due ${due}`), listed.out)
  ok(listed.out.endsWith('1 open, 0 overdue'), listed.out)
  const extended = await sluice(['case', 'extend', id, ...at, '--text-file', '-', '--json'], 'Told by mail.')
  equal(JSON.parse(extended.out).extended, true)
  const ran = await sluice(['case', 'run', id, ...at])
  match(ran.out, /\/me\/link\/[\w-]{32}/)
  const refused = await sluice(
    ['case', 'refuse', id, ...at, '--reason', 'excessive', '--text-file', '-', '--json'],
    'The third in a week.',
  )
  deepEqual(JSON.parse(refused.out).ended.refusal, 'excessive')
  const late = await sluice(['case', 'close', id, ...at])
  deepEqual([late.code, late.out], [1, ''])
  ok(late.err.startsWith('ERR_CASE_ENDED'), late.err)
  ok((await sluice(['case', 'show', id, ...at])).out.includes('refused by bootstrap'))

  const link = ['subject', 'link', ...at, '--identity', who, '--purpose', 'choices']
  const made = await sluice([...link, '--origin', 'https://data.example/', '--days', '3'])
  match(made.out, /^https:\/\/data\.example\/me\/link\/[\w-]{32}\nfor choices, good once, until /)
  const wrong = await sluice([...link, '--days', '31'])
  deepEqual([wrong.code, wrong.out], [1, ''])
})
