/** `sluice partners`: lists the catalogue's types, and the partners of a configuration folder or a running gateway. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { request } from 'undici'
import { loadConfig } from '../contracts/load.ts'
import { formatProblem } from '../model/problem.ts'
import { PARTNER_TYPES, partnerTypes } from '../partners/registry.ts'
import { newPartnerCommand } from './partners/new.ts'
import { pageOf } from './partners/page.ts'
import { testPartnerCommand } from './partners/test.ts'

interface Options {
  readonly config: string
  readonly gateway?: string
  readonly docs?: string
  readonly json?: boolean
}
interface ListedPartner {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly purposes: readonly string[]
  readonly apps: readonly string[]
  /** Only for a running gateway. */
  readonly stopped?: boolean
}

const SOURCES = fileURLToPath(new URL('../partners/', import.meta.url))

/** Exits 1 if the configuration is invalid, the gateway does not answer, or a page cannot be written. */
export function partnersCommand(): Command {
  return new Command('partners')
    .description('Partner types, and the partners of a configuration folder or of a running gateway.')
    .option('--config <dir>', 'configuration folder', 'config')
    .option('--gateway <url>', 'ask a running gateway for its live list, such as http://127.0.0.1:8080')
    .option('--docs <dir>', 'write one page a type into this folder instead')
    .option('--json', 'print one JSON object')
    .action(run)
    .addCommand(newPartnerCommand())
    .addCommand(testPartnerCommand())
}

async function run(options: Options): Promise<void> {
  if (options.docs !== undefined) {
    await writePages(options.docs)
    return
  }
  const types = PARTNER_TYPES.map(({ type, maxBatch, abilities, secrets, doc }) => ({
    type,
    max_batch: maxBatch,
    receives: Object.keys(abilities),
    secrets,
    doc,
  }))
  const partners = options.gateway === undefined ? await partnersIn(options.config) : await partnersOf(options.gateway)
  if (partners === undefined) process.exitCode = 1
  if (options.json === true) {
    console.log(JSON.stringify({ types, partners: partners ?? null }))
    return
  }
  for (const { type, max_batch: maxBatch, receives } of types)
    console.log(
      `type     ${type.padEnd(16)} ${maxBatch === 1 ? 'one event a request' : `up to ${maxBatch} a request`}, ${receives.length} field classes`,
    )
  for (const { id, name, role, purposes, apps, stopped } of partners ?? [])
    console.log(
      `partner  ${id.padEnd(16)} ${name}: ${role}, for ${purposes.join(', ')}, in ${apps.join(', ')}${stopped === true ? ' (stopped)' : ''}`,
    )
}

/** Prints problems; undefined if there is any. */
async function partnersIn(folder: string): Promise<readonly ListedPartner[] | undefined> {
  const loaded = await loadConfig(folder, partnerTypes(), Date.now())
  if (!loaded.ok) {
    for (const problem of loaded.problems) console.error(`error   ${formatProblem(problem)}`)
    return undefined
  }
  return loaded.config.plans.contracts.map(({ id, name, type, role, purposes, apps }) => ({
    id,
    name,
    type,
    role,
    purposes,
    apps,
  }))
}

async function partnersOf(gateway: string): Promise<readonly ListedPartner[] | undefined> {
  try {
    const { statusCode, body } = await request(new URL('/partners.json', gateway))
    const answer = (await body.json()) as {
      readonly partners?: readonly (Omit<ListedPartner, 'purposes'> & {
        readonly purposes: readonly { readonly purpose: string }[]
      })[]
    }
    if (statusCode === 200 && answer.partners !== undefined)
      return answer.partners.map(({ id, name, role, purposes, apps, stopped }) => ({
        id,
        name,
        role,
        purposes: purposes.map(({ purpose }) => purpose),
        apps,
        ...(stopped === undefined ? {} : { stopped }),
      }))
    console.error(`error   ${gateway} answers ${statusCode}, not a list of partners`)
  } catch {
    console.error(`error   no gateway answers at ${gateway}`)
  }
  return undefined
}

/** Pages of removed types are not deleted. */
async function writePages(folder: string): Promise<void> {
  const pages = await pagesOfAll()
  for (const [name, text] of pages) await writeFile(join(folder, name), text)
  console.log(`${pages.size} pages in ${folder}`)
}

/** File name → text, for all types. */
export async function pagesOfAll(): Promise<ReadonlyMap<string, string>> {
  const pages = await Promise.all(
    PARTNER_TYPES.map(async (type) => [`${type.type}.md`, await pageOf(type, SOURCES)] as const),
  )
  return new Map(pages)
}
