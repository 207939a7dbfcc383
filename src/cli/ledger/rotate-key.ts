/**
 * `sluice ledger rotate-key`: announces the next signing key in the ledger, signed by the current key, so that trust in the
 * old key extends to the new one. The gateway must be stopped; key files are not moved.
 */
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { ED25519_PKCS8, loadKeys } from '../../gateway/keys.ts'
import { createSigner } from '../../ledger/signer.ts'
import { formatProblem } from '../../model/problem.ts'
import { lockFolder } from '../../storage/sqlite/lock.ts'
import { startLedger } from '../../threads/ledger-client.ts'

interface Flags {
  readonly next: string
  readonly json?: boolean
}

export function rotateKeyCommand(): Command {
  return new Command('rotate-key')
    .description('announce, under the key that signs now, the key that will sign next (with the gateway stopped)')
    .argument('[config]', 'configuration folder', 'config')
    .requiredOption('--next <file>', 'the next signing key: 32 bytes as 64 hex digits, such as `openssl rand -hex 32`')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, { next, json }: Flags) => {
      // Loaded lazily: the read-only ledger commands need no partner types.
      const [{ loadConfig }, { partnerTypes }] = await Promise.all([
        import('../../contracts/load.ts'),
        import('../../partners/registry.ts'),
      ])
      const loaded = await loadConfig(folder, partnerTypes(), Date.now())
      const gateway = loaded.ok ? loaded.config.gateway : loaded.gateway
      if (gateway === undefined) {
        const problems = loaded.ok ? [] : loaded.problems
        throw new Error(`gateway.yaml cannot be used:\n${problems.map(formatProblem).join('\n')}`)
      }
      const key = readFileSync(next, 'utf8').trim()
      if (!/^[0-9a-f]{64}$/iu.test(key)) throw new Error(`${next} does not hold 64 hex digits`)
      const announced = await announce(gateway.dataFolder, gateway.ledger.origin, loadKeys(gateway, process.env), key)
      console.log(
        json === true
          ? JSON.stringify(announced)
          : [
              `${announced.now} has announced ${announced.next}, as record ${announced.record}.`,
              'Give the second to whoever keeps a trust file. Then put the new key where `keys.signing` points, start the',
              'gateway, and destroy the old key.',
            ].join('\n'),
      )
    })
}

interface Announced {
  readonly now: string
  readonly next: string
  readonly record: number
}

async function announce(
  dataFolder: string,
  origin: string,
  { signing, encryption, commitment }: ReturnType<typeof loadKeys>,
  nextKey: string,
): Promise<Announced> {
  const seed = Buffer.concat([ED25519_PKCS8, Buffer.from(nextKey, 'hex')])
  const next = createSigner(origin, createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' })).verifierKey
  const lock = lockFolder(dataFolder)
  try {
    const ledger = await startLedger({
      dataFolder,
      signingKey: signing,
      origin,
      keyEncryptionKey: encryption,
      commitmentKey: commitment.export(),
    })
    try {
      if (next === ledger.verifierKey) throw new Error('this is the key that signs now')
      const facts = { from: ledger.verifierKey, to: next }
      const size = await ledger.append([{ kind: 'control', time: Date.now(), action: 'signing_key_announced', facts }])
      return { now: ledger.verifierKey, next, record: size - 1 }
    } finally {
      // Closing signs a checkpoint that covers the announcement.
      await ledger.close()
    }
  } finally {
    lock.release()
  }
}
