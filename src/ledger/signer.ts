/**
 * Signs checkpoints as C2SP signed notes (`tlog-checkpoint`, `signed-note`): origin, size and root, one Ed25519
 * signature. The text holds no time.
 */
import { createPublicKey, hash, type KeyObject, sign } from 'node:crypto'

const ED25519 = 1
const PUBLIC_KEY_BYTES = 32

export interface Signer {
  readonly origin: string
  /** The verifier key, `<origin>+<key id>+<key>`: one line of a trust file. */
  readonly verifierKey: string
  /** The signed checkpoint of a tree of `size` leaves with this root. */
  checkpoint(size: number, root: Uint8Array): string
  /** Signs another text. Its first line MUST NOT be the origin: it would pass for a checkpoint. */
  note(text: string): string
}

/** `origin` names the ledger and the key: no white space, no `+`. Throws `TypeError` if it or the key is unusable. */
export function createSigner(origin: string, key: KeyObject): Signer {
  if (!/^[^\s+]+$/u.test(origin)) throw new TypeError('a ledger origin is one word without +')
  if (key.asymmetricKeyType !== 'ed25519' || key.type !== 'private') {
    throw new TypeError('the ledger signing key must be an Ed25519 private key')
  }
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const typed = Buffer.concat([Buffer.of(ED25519), spki.subarray(spki.length - PUBLIC_KEY_BYTES)])
  const id = hash('sha256', Buffer.concat([Buffer.from(`${origin}\n`, 'utf8'), typed]), 'buffer').subarray(0, 4)
  const signed = (text: string): string => {
    const signature = Buffer.concat([id, sign(null, Buffer.from(text, 'utf8'), key)])
    return `${text}\n— ${origin} ${signature.toString('base64')}\n`
  }
  return {
    origin,
    verifierKey: `${origin}+${id.toString('hex')}+${typed.toString('base64')}`,
    checkpoint: (size, root) => signed(`${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`),
    note: (text) => {
      if (text.startsWith(`${origin}\n`)) throw new TypeError('this text would be a checkpoint')
      return signed(text)
    },
  }
}
