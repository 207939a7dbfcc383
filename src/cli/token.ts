/** `sluice token`: rotates the bootstrap token, or resets a lost one, and manages named tokens. */
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { voidBootstrapToken } from '../cluster/members.ts'
import { clusterSettings } from '../cluster/settings.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import { loadConfig } from '../contracts/load.ts'
import { openNamedTokens, TOKEN_NAME, TOKEN_ROLES } from '../control/access/named-tokens.ts'
import { BOOTSTRAP_HASH, secretsIn } from '../control/access/secrets.ts'
import { STAFF_ROLES, type StaffRole } from '../model/actor.ts'
import { partnerTypes } from '../partners/registry.ts'
import { ifThere } from '../platform/durable-file.ts'
import { lockFolder } from '../storage/sqlite/lock.ts'
import { callStaff, orRefuse, type StaffFlags, StaffRefused, withStaffFlags } from './control/staff.ts'

interface AddFlags extends StaffFlags {
  readonly roles: readonly StaffRole[]
  /** Configuration folder of a stopped gateway. */
  readonly config?: string
}

export function tokenCommand(): Command {
  const token = new Command('token').description('The bootstrap token, and named tokens of people.')
  withStaffFlags(token.command('rotate'))
    .description('asks the running gateway for a new bootstrap token, prints it once, and voids the old one')
    .action((flags: StaffFlags) =>
      orRefuse(async () => {
        const answer = await callStaff(flags, 'POST', 'access/bootstrap-token/rotate')
        console.log(flags.json === true ? JSON.stringify(answer) : answer.token)
      }),
    )
  token
    .command('reset')
    .description('voids a bootstrap token that was lost; the gateway must not run, and makes another at its next start')
    .argument('[config]', 'configuration folder', 'config')
    .action((config: string) => orRefuse(() => reset(config)))
  withStaffFlags(token.command('add'))
    .description('makes a token for a person, so that two people can work without an issuer; prints it once')
    .argument('<name>', 'who it is for: one name is one person', nameOf)
    .requiredOption('--roles <list>', STAFF_ROLES.join(','), rolesOf)
    .option('--config <dir>', 'configuration folder of a gateway that does not run, instead of asking one that does')
    .action((name: string, flags: AddFlags) => orRefuse(() => add(name, flags)))
  withStaffFlags(token.command('list'))
    .description('who has a named token, in which roles')
    .action((flags: StaffFlags) =>
      orRefuse(async () => {
        const answer = await callStaff(flags, 'GET', 'access/tokens?limit=1000')
        if (flags.json === true) return console.log(JSON.stringify(answer))
        // Sound: tests check the route's answers against its schema.
        const items = answer.items as readonly { readonly name: string; readonly roles: readonly string[] }[]
        for (const { name, roles } of items) console.log(`${name}  ${roles.join(', ')}`)
      }),
    )
  withStaffFlags(token.command('remove'))
    .description('voids a named token at once')
    .argument('<name>', 'whose', nameOf)
    .action((name: string, flags: StaffFlags) =>
      orRefuse(async () => {
        const answer = await callStaff(flags, 'DELETE', `access/tokens/${encodeURIComponent(name)}`)
        console.log(flags.json === true ? JSON.stringify(answer) : `removed ${name}`)
      }),
    )
  return token
}

async function add(name: string, { roles, config, ...flags }: AddFlags): Promise<void> {
  if (config === undefined) {
    const answer = await callStaff(flags, 'POST', 'access/tokens', { name, roles })
    return console.log(flags.json === true ? JSON.stringify(answer) : answer.token)
  }
  const { dataFolder, cluster } = await gatewayOf(config)
  if (cluster !== undefined)
    throw new StaffRefused(`${config} is of a cell, and tokens are for all cells: ask a running one, without --config.`)
  const lock = lockFolder(dataFolder)
  try {
    const token = await (await openNamedTokens(secretsIn(join(dataFolder, 'keys')), Date.now)).add(name, roles)
    console.log(flags.json === true ? JSON.stringify({ name, token }) : token)
  } finally {
    lock.release()
  }
}

async function reset(folder: string): Promise<void> {
  const { dataFolder, cluster } = await gatewayOf(folder)
  const lock = lockFolder(dataFolder)
  try {
    if (cluster !== undefined) await voidBootstrapToken(clusterSettings(cluster, process.env))
    for (const name of [BOOTSTRAP_HASH, 'staff.token']) {
      await ifThere(unlink(join(dataFolder, 'keys', name)))
    }
  } finally {
    lock.release()
  }
  console.log(`The next start writes a new token to ${join(dataFolder, 'keys', 'staff.token')}. Remove that file then.`)
}

async function gatewayOf(folder: string): Promise<GatewayConfig> {
  const loaded = await loadConfig(folder, partnerTypes(), Date.now())
  const gateway = loaded.ok ? loaded.config.gateway : loaded.gateway
  if (gateway === undefined) throw new StaffRefused(`${folder}/gateway.yaml cannot be used: see sluice check`)
  return gateway
}

function nameOf(text: string): string {
  if (!TOKEN_NAME.safeParse(text).success)
    throw new InvalidArgumentError('Lower case letters, digits and . _ @ - only, such as ann.')
  return text
}

function rolesOf(text: string): readonly StaffRole[] {
  const parsed = TOKEN_ROLES.safeParse(text.split(',').map((role) => role.trim()))
  if (!parsed.success) throw new InvalidArgumentError(`One or more of ${STAFF_ROLES.join(', ')}, with commas between.`)
  return parsed.data
}
