/**
 * The gateway's address and the caller's token: from flags, then the environment, then `~/.config/sluice`, then the current
 * folder.
 */
import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { parse } from 'yaml'
import { isCode } from '../../platform/durable-file.ts'

export interface AccessFlags {
  readonly control?: string
  readonly tokenFile?: string
}

export interface Access {
  /** An origin without a trailing slash. */
  readonly control: string
  readonly token: string
}

type Environment = Readonly<Record<string, string | undefined>>

const DEFAULT_CONTROL = 'http://127.0.0.1:8081'
/** The clear-text bootstrap token of a first start, beside `config/`. */
const LEFT_TOKEN = 'data/keys/staff.token'
const GATEWAY_FILE = 'config/gateway.yaml'

export function withAccessFlags(command: Command): Command {
  return command
    .option(
      '--control <url>',
      `address of the control plane; else SLUICE_CONTROL, ~/.config/sluice/control, ${GATEWAY_FILE}, ${DEFAULT_CONTROL}`,
    )
    .option(
      '--token-file <path>',
      `file with your token; else SLUICE_TOKEN, SLUICE_TOKEN_FILE, ~/.config/sluice/token, ${LEFT_TOKEN}`,
    )
}

/** Throws a sentence if there is no token, or it would leave this machine unencrypted. */
export async function accessOf(flags: AccessFlags, environment: Environment = process.env): Promise<Access> {
  const control = await controlOf(flags, environment)
  return { control, token: await tokenOf(flags, control, environment) }
}

/** Throws if it is not a URL, or would send a token over a network unencrypted. */
export async function controlOf({ control }: AccessFlags, environment: Environment): Promise<string> {
  const said =
    control ??
    textOf(environment.SLUICE_CONTROL) ??
    (await firstLine(join(ownFolder(environment), 'control'))) ??
    (await controlOfFolder()) ??
    DEFAULT_CONTROL
  const url = URL.canParse(said) ? new URL(said) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '')
    throw new Error(`${said}: not an address of a control plane, such as ${DEFAULT_CONTROL}`)
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new Error(`${said}: your token would travel in clear. Use https, or a tunnel to this machine.`)
  return url.origin
}

async function tokenOf({ tokenFile }: AccessFlags, control: string, environment: Environment): Promise<string> {
  if (tokenFile !== undefined) return requireToken(tokenFile)
  const said = textOf(environment.SLUICE_TOKEN)
  if (said !== undefined) return said
  const named = textOf(environment.SLUICE_TOKEN_FILE)
  if (named !== undefined) return requireToken(named)
  const own = join(ownFolder(environment), 'token')
  const kept = await firstLine(own)
  if (kept !== undefined) {
    if (process.platform !== 'win32' && ((await stat(own)).mode & 0o077) !== 0)
      throw new Error(`${own}: others on this machine can read your token. chmod 600 it, and renew the token.`)
    return kept
  }
  // Never send this folder's token to another machine.
  if (!isLoopback(new URL(control).hostname))
    throw new Error(
      `${control}: no token for it. Name it with --token-file or SLUICE_TOKEN_FILE, or keep it in ${own}.`,
    )
  return requireToken(LEFT_TOKEN)
}

async function requireToken(path: string): Promise<string> {
  const token = await firstLine(path).catch(() => undefined)
  if (token === undefined)
    throw new Error(`${path}: the file with your token cannot be read. Name it with --token-file or SLUICE_TOKEN_FILE.`)
  return token
}

/** The control plane configured in the current folder, if any. */
async function controlOfFolder(): Promise<string | undefined> {
  const text = await readFile(GATEWAY_FILE, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  let control: unknown
  try {
    control = (parse(text) as { readonly control?: unknown } | null)?.control
  } catch {
    return undefined
  }
  if (typeof control !== 'object' || control === null) return undefined
  const { host = '127.0.0.1', port = 8081, tls } = control as Readonly<Record<string, unknown>>
  if (typeof host !== 'string' || typeof port !== 'number' || port === 0) return undefined
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `${tls === undefined ? 'http' : 'https'}://${isIP(reached) === 6 ? `[${reached}]` : reached}:${port}`
}

function ownFolder({ XDG_CONFIG_HOME: home }: Environment): string {
  return join(textOf(home) ?? join(homedir(), '.config'), 'sluice')
}

/** Undefined if the file is missing or empty. */
async function firstLine(path: string): Promise<string | undefined> {
  try {
    return textOf((await readFile(path, 'utf8')).trim().split('\n')[0])
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined
    throw error
  }
}

function textOf(text: string | undefined): string | undefined {
  const trimmed = text?.trim()
  return trimmed === '' ? undefined : trimmed
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
