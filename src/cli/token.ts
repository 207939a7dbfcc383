/** `sluice token rotate|reset`: the bootstrap token, renewed by itself, or made anew where it was lost. */
import { readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { request } from 'undici'
import { isCode } from '../contracts/durable-file.ts'
import { loadConfig } from '../contracts/load.ts'
import { partnerTypes } from '../partners/registry.ts'
import { lockFolder } from '../storage/sqlite/lock.ts'

export function tokenCommand(): Command {
  const token = new Command('token').description('The bootstrap token.')
  token
    .command('rotate')
    .description('asks the running gateway for a new token, prints it once, and voids the old one')
    .option('--control <url>', 'address of the control plane', 'http://127.0.0.1:8081')
    .option('--token-file <path>', 'file with the present token', 'data/keys/staff.token')
    .action(rotate)
  token
    .command('reset')
    .description('voids a token that was lost; the gateway must not run, and makes another at its next start')
    .argument('[config]', 'configuration folder', 'config')
    .action(reset)
  return token
}

async function rotate(options: { readonly control: string; readonly tokenFile: string }): Promise<void> {
  const present = (await readFile(options.tokenFile, 'utf8')).trim()
  const { statusCode, body } = await request(`${options.control}/api/v1/access/bootstrap-token/rotate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${present}` },
  })
  // Sound: either the answer of the route or a problem.
  const answer = (await body.json()) as { readonly token?: string; readonly title?: string }
  if (statusCode === 200 && answer.token !== undefined) return console.log(answer.token)
  console.error(answer.title ?? `answered ${statusCode}`)
  process.exitCode = 1
}

async function reset(folder: string): Promise<void> {
  const loaded = await loadConfig(folder, partnerTypes(), Date.now())
  const dataFolder = (loaded.ok ? loaded.config.gateway : loaded.gateway)?.dataFolder
  if (dataFolder === undefined) {
    console.error(`${folder}/gateway.yaml cannot be used: see sluice check`)
    process.exitCode = 1
    return
  }
  const lock = lockFolder(dataFolder)
  try {
    for (const name of ['bootstrap.hash', 'staff.token']) {
      await unlink(join(dataFolder, 'keys', name)).catch((error: unknown) => {
        if (!isCode(error, 'ENOENT')) throw error
      })
    }
  } finally {
    lock.release()
  }
  console.log(`The next start writes a new token to ${join(dataFolder, 'keys', 'staff.token')}. Remove that file then.`)
}
