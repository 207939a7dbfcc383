import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { canonicalJson, digestOf } from './canonical.ts'

test('the order of keys does not show, the order of lists does', () => {
  assert.equal(canonicalJson({ b: [2, 1], a: { d: null, c: 'x' } }), '{"a":{"c":"x","d":null},"b":[2,1]}')
  assert.equal(digestOf({ a: 1, b: 2 }), digestOf({ b: 2, a: 1 }))
  assert.notEqual(digestOf([1, 2]), digestOf([2, 1]))
})

test('a member that is undefined is as if it were not there', () => {
  assert.equal(canonicalJson({ a: undefined, b: 1 }), '{"b":1}')
})

test('keys that look like numbers are sorted as text', () => {
  assert.equal(canonicalJson({ 10: 'a', 9: 'b' }), '{"10":"a","9":"b"}')
})

test('the digest is SHA-256 of that text', () => {
  // printf '{"a":1}' | sha256sum
  assert.equal(digestOf({ a: 1 }), '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862')
})

test('docs/ledger-format.md says how a revision’s digest is made, with bytes that have it', () => {
  const page = readFileSync(new URL('../../docs/ledger-format.md', import.meta.url), 'utf8')
  const [, section = ''] = page.split('## The digest of a revision\n')
  const [, file = '', bytes = ''] = /```\n(.+)\n```[^`]+```\n(.+)\n```/u.exec(section) ?? []
  const { apps, contracts, policy, digest } = JSON.parse(file)
  assert.equal(createHash('sha256').update(bytes).digest('hex'), digest)
  assert.equal(canonicalJson({ policy, apps, contracts }), bytes)
  assert.ok(section.includes(`has \`${digest.slice(0, 8)}\``))
})
