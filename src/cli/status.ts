/** `sluice status`: the live revision of a running gateway, and whether it agrees with the files and Git. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Command } from 'commander'
import type { Page } from '../control/pages.ts'
import type { StatusAnswer } from '../control/routes/status.ts'
import { healthSentence, type PartnerHealth, type TimeWords, TONES } from '../model/partner-health.ts'
import { callStaff, orRefuse, type StaffFlags, withStaffFlags } from './control/staff.ts'
import { tint } from './terminal.ts'

interface Flags extends StaffFlags {
  readonly config: string
}
type Partner = PartnerHealth & { readonly partner: string }
/** Undefined outside a Git repository. */
type Git = { readonly head: string; readonly changed: readonly string[] } | undefined

const WHY = {
  waits: 'waits for approval: the file asks for more than is live',
  turned_down: 'was turned down: the file asks for more than is live',
  lapsed: 'holds a grant that has ended',
  staged: 'holds for a share or a time only',
  not_saved: 'could not be saved: the folder cannot be written',
  differs: 'differs from what is live',
} as const

/** Exits 0 if everything agrees and nothing waits, 1 otherwise. */
export function statusCommand(): Command {
  return withStaffFlags(new Command('status'))
    .description(
      'What is live at a running gateway; whether files, Git and what is live say the same; how each partner is; what waits, what is stopped. Exit 0 where there is nothing to look at.',
    )
    .option('--config <dir>', 'configuration folder, for what Git says of it', 'config')
    .action((flags: Flags) =>
      orRefuse(async () => {
        const status = await callStaff<StatusAnswer>(flags, 'GET', 'status')
        const found = await callStaff<Page<Partner>>(flags, 'GET', 'partner-health?limit=1000')
        const git = await gitOf(flags.config)
        if (flags.json === true) console.log(JSON.stringify({ ...status, health: found.items, git: git ?? null }))
        else for (const line of [...linesOf(status, git), ...healthLines(found.items)]) console.log(line)
        if (hasFindings(status, git) || found.items.some(wantsLook)) process.exitCode = 1
      }),
    )
}

function hasFindings({ files, proposals, stopped }: StatusAnswer, git: Git): boolean {
  const isStopped = stopped.all || stopped.partners.length > 0
  return (
    isStopped ||
    files.ok === false ||
    files.drift.length > 0 ||
    proposals.waiting > 0 ||
    (git?.changed ?? []).length > 0
  )
}

function linesOf(
  { revision, activated_at, author, names, files, proposals, inbox, stopped }: StatusAnswer,
  git: Git,
): readonly string[] {
  const { source, read_at = 'never', ok, problems = 0, restart_needed, drift } = files
  const stops = stopped.all ? ['everything'] : stopped.partners
  return [
    `live       revision ${revision}, since ${activated_at}, by ${names[author] ?? author}`,
    source === 'store'
      ? 'files      are no source'
      : `files      read ${read_at}: ${ok === false ? `${problems} problem${problems === 1 ? '' : 's'}, the last good revision runs` : 'no problems'}`,
    ...(restart_needed === true ? ['           gateway.yaml was changed: takes effect at the next start'] : []),
    ...drift.map(({ file, why, percent, until }) => {
      const share = percent === undefined ? '' : `, ${percent} %`
      return `           ${file} ${WHY[why]}${share}${until === undefined ? '' : `, ${why === 'lapsed' ? 'since' : 'until'} ${until}`}`
    }),
    git === undefined
      ? 'git        the folder is in no repository'
      : `git        at ${git.head}: ${git.changed.length === 0 ? 'the files are as committed' : `not committed: ${git.changed.join(', ')}`}`,
    proposals.waiting === 0
      ? 'proposals  none waits'
      : `proposals  ${proposals.waiting} wait${proposals.waiting === 1 ? 's' : ''}, the oldest since ${proposals.oldest_at}`,
    ...(inbox === undefined || inbox.waiting === 0
      ? []
      : [
          `inbox      ${inbox.waiting} name${inbox.waiting === 1 ? '' : 's'} that no contract names: sluice inbox list`,
        ]),
    `stopped    ${stops.length === 0 ? 'nobody' : stops.join(', ')}`,
  ]
}

function wantsLook({ tone }: Partner): boolean {
  return tone === 'bad' || tone === 'warn'
}

/** Worst first. */
function healthLines(partners: readonly Partner[]): readonly string[] {
  const width = Math.max(0, ...partners.map(({ partner }) => partner.length))
  return partners
    .toSorted((a, b) => TONES.indexOf(b.tone) - TONES.indexOf(a.tone))
    .map(({ partner, next, ...health }, index) => {
      const words = tint(TINTS[health.tone], healthSentence(health, TIMES, Date.now()))
      const advice = next === '' ? '' : `. ${next}`
      const head = (index === 0 ? 'partners' : '').padEnd(11)
      return `${head}${partner.padEnd(width)}  ${words}${advice}`
    })
}

const TINTS = { good: 'good', calm: 'faint', warn: 'warning', bad: 'bad' } as const
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
/** In the local time zone: `14:02` today, `3 Mar 14:02` otherwise. */
const TIMES: TimeWords = {
  time: (at) =>
    DAY.format(at) === DAY.format(Date.now()) ? CLOCK.format(at) : `${DAY.format(at)} ${CLOCK.format(at)}`,
  span: (ms) => {
    if (ms < 60_000) return `${Math.ceil(ms / 1_000)} s`
    if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
    return ms < 2 * 86_400_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} days`
  },
}

const run = promisify(execFile)

async function gitOf(folder: string): Promise<Git> {
  const git = async (...args: readonly string[]): Promise<string> => (await run('git', ['-C', folder, ...args])).stdout
  try {
    const head = (await git('rev-parse', '--short', 'HEAD')).trim()
    const listed = await git('status', '--porcelain', '-z', '--', '.')
    const changed = listed.split('\0').flatMap((entry) => (entry.length > 3 ? [entry.slice(3)] : []))
    return { head, changed }
  } catch {
    return undefined
  }
}
