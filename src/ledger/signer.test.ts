import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, test } from 'node:test'
import { createSigner } from './signer.ts'
import { openCheckpoint, parseTrust } from './verify/note.ts'

/** Key and verifier key of the Go documentation of signed notes (golang.org/x/mod/sumdb/note). */
const GO_SEED = Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1)
const GO_VERIFIER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'

function keyOf(seed: Buffer): KeyObject {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
}
const KEY = keyOf(GO_SEED)
const ROOT = Buffer.from('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328', 'hex')
const SIGNER = createSigner('ledger.example/one', KEY)

describe('checkpoint', () => {
  test('the verifier key is the one the format’s reference derives', () => {
    strictEqual(createSigner('PeterNeumann', KEY).verifierKey, GO_VERIFIER)
  })

  test('its text is origin, size and root, and the signature line names the origin', () => {
    const [text, signature] = SIGNER.checkpoint(8, ROOT).split('\n\n')
    strictEqual(text, 'ledger.example/one\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=')
    ok(/^— ledger\.example\/one [A-Za-z0-9+/]{91}=\n$/u.test(signature!))
  })

  test('opens under its own verifier key', () => {
    deepStrictEqual(openCheckpoint(SIGNER.checkpoint(8, ROOT), parseTrust(`# ours\n${SIGNER.verifierKey}\n`)), {
      state: 'valid',
      origin: 'ledger.example/one',
      size: 8,
      root: ROOT,
    })
  })

  test('is signed by nobody we know under another key', () => {
    const other = createSigner('ledger.example/one', generateKeyPairSync('ed25519').privateKey)
    strictEqual(openCheckpoint(SIGNER.checkpoint(8, ROOT), parseTrust(other.verifierKey)).state, 'unknown_key')
  })

  const trusted = parseTrust(SIGNER.verifierKey)
  const note = SIGNER.checkpoint(8, ROOT)
  const rows: [string, string][] = [
    ['another size', note.replace('\n8\n', '\n9\n')],
    ['another root', note.replace('XcnaeacG', 'YcnaeacG')],
    ['a size with a leading zero', note.replace('\n8\n', '\n08\n')],
    ['no signature', `${note.split('\n\n')[0]}\n\n`],
    ['no empty line', note.replace('\n\n', '\n')],
    ['text after the signature', `${note}more`],
    ['nothing', ''],
  ]
  for (const [what, changed] of rows) {
    test(`with ${what} it is invalid`, () => strictEqual(openCheckpoint(changed, trusted).state, 'invalid'))
  }

  test('an origin of two words, or with a plus, is refused', () => {
    throws(() => createSigner('our ledger', KEY), TypeError)
    throws(() => createSigner('our+ledger', KEY), TypeError)
  })
  test('a key that is not Ed25519 is refused', () => {
    throws(() => createSigner('ledger', generateKeyPairSync('x25519').privateKey), TypeError)
  })
  test('a trust line whose id is not its key’s is refused', () => {
    throws(() => parseTrust(GO_VERIFIER.replace('c74f20a3', 'c74f20a4')), TypeError)
  })
})
