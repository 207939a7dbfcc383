/** `sluice partners test PARTNER`: sends a test event to the sandbox instead of the partner, and explains the result. */
import { Command, Option } from 'commander'
import type { PartnerAnswer } from '../../control/routes/partners.ts'
import type { TestedAnswer } from '../../control/routes/test-events.ts'
import { SANDBOX_ANSWERS } from '../../live/sandbox.ts'
import { PERSONAS } from '../../simulate/personas.ts'
import { print } from '../control/print.ts'
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
  const { eventName: event_name = contract?.eventName, app = contract?.app } = flags
  const read = draft === undefined ? undefined : await readDraft(draft)
  const body = { partner, persona, answer, event_name, app, draft: read }
  const tested = await callStaff<TestedAnswer>(flags, 'POST', 'test-events', body)
  print(flags, tested, () => linesOf(tested, persona))
  if (tested.result !== 'delivered') process.exitCode = 1
}

/** The live contract's first app and event; undefined for a partner that exists only in the draft. */
async function contractOf(
  partner: string,
  flags: Flags,
): Promise<{ readonly eventName: string | undefined; readonly app: string | undefined } | undefined> {
  if (flags.draft !== undefined) return undefined
  const path = `partners/${encodeURIComponent(partner)}`
  const { apps, events } = (await callStaff<{ readonly partner: PartnerAnswer }>(flags, 'GET', path)).partner
  return { eventName: Object.keys(events)[0], app: apps[0] }
}

function readDraft(folder: string): ReturnType<typeof draftOf> {
  return draftOf(folder).catch((error: unknown) => {
    throw error instanceof NoAnswer ? new StaffRefused(error.message) : error
  })
}

function linesOf(tested: TestedAnswer, persona: string): readonly string[] {
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

function requestLines({ method, path, headers, body }: NonNullable<TestedAnswer['received']>): readonly string[] {
  return [
    `request    ${method} ${path}`,
    ...Object.entries(headers).map(([name, value]) => `           ${name}: ${value}`),
    ...(body === '' ? [] : ['', ...body.split('\n').map((line) => `           ${line}`), '']),
  ]
}
