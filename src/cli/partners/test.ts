/** `sluice partners test PARTNER`: sends a test event to the sandbox instead of the partner, and explains the result. */
import { Command, Option } from 'commander'
import { SANDBOX_ANSWERS } from '../../live/sandbox.ts'
import { PERSONAS } from '../../simulate/personas.ts'
import { callStaff, orRefuse, type StaffFlags, StaffRefused, withStaffFlags } from '../control/staff.ts'
import { draftOf, NoAnswer } from '../simulate/asker.ts'
import { tint } from '../terminal.ts'

interface Flags extends StaffFlags {
  readonly persona: string
  readonly eventName?: string
  readonly app?: string
  readonly answer: string
  readonly draft?: string
}
interface Tested {
  readonly app: string
  readonly event: string
  readonly partner: string
  readonly revision: number
  readonly draft: boolean
  readonly result: 'delivered' | 'not_delivered' | 'withheld'
  readonly because: string
  readonly means: string
  readonly status?: number
  readonly took_ms?: number
  readonly received?: {
    readonly method: string
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
  readonly fields: Readonly<Record<string, { readonly treatment: string; readonly because: string }>>
}
interface Contract {
  readonly apps: readonly string[]
  readonly events: Readonly<Record<string, unknown>>
}

/** Exits 0 if the event was delivered, 1 otherwise. */
export function testPartnerCommand(): Command {
  return withStaffFlags(new Command('test'))
    .description(
      'Sends a test event to a sandbox that the gateway hosts, in the partner’s place, prepared and sent as to the partner: the exact request, the answer and what it would mean, in words. Nothing leaves the machine; on record as a test. Exit 0 where it was delivered.',
    )
    .argument('<partner>', 'id of the partner')
    .addOption(
      new Option('--persona <name>', 'whose event').choices(PERSONAS.map(({ id }) => id)).default('ios-allowed'),
    )
    .option('--event-name <name>', 'as contracts spell it; default: the first that the contract names')
    .option('--app <id>', 'app that sends it; default: the first that the contract names')
    .addOption(new Option('--answer <how>', 'what the sandbox answers').choices(SANDBOX_ANSWERS).default('takes'))
    .option('--draft <dir>', 'the contract as this folder has it, before anybody approves it')
    .action((partner: string, _: Flags, command: Command) =>
      // The parent command has options with the same names.
      orRefuse(() => test(partner, command.optsWithGlobals<Flags>())),
    )
}

async function test(partner: string, flags: Flags): Promise<void> {
  const { persona, answer, draft } = flags
  const contract = await contractOf(partner, flags)
  const { eventName = contract?.eventName, app = contract?.app } = flags
  const body = {
    partner,
    persona,
    answer,
    ...(eventName === undefined ? {} : { event_name: eventName }),
    ...(app === undefined ? {} : { app }),
    ...(draft === undefined ? {} : { draft: await readDraft(draft) }),
  }
  // Sound: tests check the route's answers against its schema.
  const tested = (await callStaff(flags, 'POST', 'test-events', body)) as unknown as Tested
  if (flags.json === true) console.log(JSON.stringify(tested))
  else for (const line of linesOf(tested, persona)) console.log(line)
  if (tested.result !== 'delivered') process.exitCode = 1
}

/** The live contract's first app and event; undefined for a partner that exists only in the draft. */
async function contractOf(
  partner: string,
  flags: Flags,
): Promise<{ readonly eventName: string | undefined; readonly app: string | undefined } | undefined> {
  if (flags.draft !== undefined) return undefined
  const { partner: found } = await callStaff(flags, 'GET', `partners/${encodeURIComponent(partner)}`)
  // Sound, as above.
  const { apps, events } = found as Contract
  return { eventName: Object.keys(events)[0], app: apps[0] }
}

function readDraft(folder: string): ReturnType<typeof draftOf> {
  return draftOf(folder).catch((error: unknown) => {
    throw error instanceof NoAnswer ? new StaffRefused(error.message) : error
  })
}

function linesOf(tested: Tested, persona: string): readonly string[] {
  const { app, event, partner, revision, draft, result, because, means, status, took_ms: tookMs, received } = tested
  const of = draft ? 'a draft' : `revision ${revision}`
  const told = received === undefined ? [] : requestLines(received)
  const answered = status === undefined ? 'none' : `${status} after ${tookMs ?? 0} ms`
  return [
    `test       ${event} of ${app}, ${persona}, by ${of}, to the sandbox in the place of ${partner}`,
    ...(result === 'withheld' ? [`withheld   ${because}`] : [...told, `answer     ${answered}`]),
    `means      ${tint(result === 'delivered' ? 'good' : 'warning', means)}`,
    ...Object.entries(tested.fields).map(
      ([field, { treatment, because: why }]) => `field      ${field}: ${treatment}. ${why}`,
    ),
    'on record  as a test event; nothing left this machine, and no book counts it',
  ]
}

function requestLines({ method, path, headers, body }: NonNullable<Tested['received']>): readonly string[] {
  return [
    `request    ${method} ${path}`,
    ...Object.entries(headers).map(([name, value]) => `           ${name}: ${value}`),
    ...(body === '' ? [] : ['', ...body.split('\n').map((line) => `           ${line}`), '']),
  ]
}
