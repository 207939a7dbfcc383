/**
 * Response deadlines by law, keyed by regime id in `config/policy.yaml`. An unknown law gets the shortest period of all and no
 * extension. Days are midnights UTC. Holidays count as working days, so that a deadline is never later than the law's.
 */
import type { EpochMs } from '../../model/brand.ts'
import type { CaseKind } from './case.ts'

const DAY_MS = 86_400_000

export type Period = { readonly months: number } | { readonly days: number } | { readonly businessDays: number }

export interface Clock {
  readonly answer: Period
  /** From receipt to the latest answer after an extension; undefined if the law allows none. */
  readonly extended?: Period
  /** Deadline for confirming receipt. */
  readonly confirm?: Period
  /** Law and section. */
  readonly source: string
  /** Kinds of request with their own period. */
  readonly of?: Readonly<Partial<Record<CaseKind, Omit<Clock, 'of'>>>>
}

const usual = (source: string): Clock => ({ answer: { days: 45 }, extended: { days: 90 }, source })

export const CLOCKS: Readonly<Record<string, Clock>> = {
  eea: { answer: { months: 1 }, extended: { months: 3 }, source: 'GDPR Art. 12(3)' },
  uk: { answer: { months: 1 }, extended: { months: 3 }, source: 'UK GDPR Art. 12(3) and 12A' },
  switzerland: {
    answer: { days: 30 },
    extended: { days: 60 },
    source: 'FADP Art. 25(7), DPO Art. 18, which names no limit of the extension: 30 days more are ours',
  },
  brazil: { answer: { days: 15 }, source: 'LGPD Art. 19(II)' },
  canada: { answer: { days: 30 }, extended: { days: 60 }, source: 'PIPEDA s. 8(3) and (4)' },
  california: {
    answer: { days: 45 },
    extended: { days: 90 },
    confirm: { businessDays: 10 },
    source: 'Cal. Code Regs. tit. 11, § 7021(a) and (b)',
    of: {
      objection: { answer: { businessDays: 15 }, source: 'Cal. Code Regs. tit. 11, § 7026(f)(1)' },
      restriction: { answer: { businessDays: 15 }, source: 'Cal. Code Regs. tit. 11, § 7027(g)(1)' },
    },
  },
  virginia: usual('Va. Code § 59.1-577(B)(1)'),
  colorado: usual('Colo. Rev. Stat. § 6-1-1306(2)'),
  utah: usual('Utah Code § 13-61-203(2)'),
  connecticut: usual('Conn. Gen. Stat. § 42-518(c)'),
  florida: { answer: { days: 45 }, extended: { days: 60 }, source: 'Fla. Stat. § 501.706' },
  montana: usual('Mont. Code § 30-14-2808'),
  oregon: usual('Or. Rev. Stat. § 646A.576'),
  texas: usual('Tex. Bus. and Com. Code § 541.052'),
  delaware: usual('Del. Code tit. 6, § 12D-104(c)'),
  iowa: { answer: { days: 90 }, extended: { days: 135 }, source: 'Iowa Code § 715D.3(2)' },
  nebraska: usual('Neb. Rev. Stat. §§ 87-1101 to 87-1130'),
  new_hampshire: usual('N.H. Rev. Stat. § 507-H:4'),
  new_jersey: usual('N.J. Stat. §§ 56:8-166.4 to 56:8-166.19'),
  tennessee: usual('Tenn. Code §§ 47-18-3301 to 47-18-3315'),
  minnesota: usual('Minn. Stat. § 325M.14'),
  maryland: usual('Md. Code, Com. Law § 14-4705'),
  indiana: usual('Ind. Code § 24-15-3-1'),
  kentucky: usual('Ky. Rev. Stat. § 367.3615'),
  rhode_island: usual('R.I. Gen. Laws §§ 6-48.1-1 to 6-48.1-10'),
  nevada: { answer: { days: 60 }, extended: { days: 90 }, source: 'Nev. Rev. Stat. § 603A.345' },
  washington: usual('Wash. Rev. Code § 19.373.040'),
}

/** For an unknown law: the shortest period in the table. */
export const STRICTEST = 'strictest'
const SHORTEST: Clock = { answer: { days: 15 }, source: 'the shortest period of any law here: the law is not known' }

export interface Deadlines {
  /** Regime id; `strictest` if unknown. */
  readonly law: string
  readonly source: string
  /** Days, as midnights UTC. An answer on that day is in time. */
  readonly due: EpochMs
  readonly extendable: EpochMs | undefined
  readonly confirmBy: EpochMs | undefined
}

/** The earliest deadline of these laws; for none or an unknown one, the shortest period. */
export function deadlinesOf(laws: readonly string[], kind: CaseKind, received: EpochMs): Deadlines {
  const from = dayOf(received)
  const all = (laws.length === 0 ? [STRICTEST] : laws).map((law): Deadlines => {
    const known = Object.hasOwn(CLOCKS, law) ? CLOCKS[law]! : SHORTEST
    const { answer, extended, confirm, source } = known.of?.[kind] ?? known
    return {
      law: known === SHORTEST ? STRICTEST : law,
      source,
      due: after(answer, from),
      extendable: extended === undefined ? undefined : after(extended, from),
      confirmBy: confirm === undefined ? undefined : after(confirm, from),
    }
  })
  return all.reduce((first, next) => (next.due < first.due ? next : first))
}

export function dayOf(at: EpochMs): EpochMs {
  return at - (at % DAY_MS)
}

/**
 * The last day of a period; the day of receipt does not count. A period of months ends on the same date, or on the month's
 * last day (Regulation (EEC, Euratom) 1182/71, Art. 3; EDPB Guidelines 01/2022, 5.3).
 */
function after(period: Period, from: EpochMs): EpochMs {
  if ('days' in period) return from + period.days * DAY_MS
  if ('months' in period) {
    const start = new Date(from)
    const month = start.getUTCMonth() + period.months
    const last = new Date(Date.UTC(start.getUTCFullYear(), month + 1, 0)).getUTCDate()
    return Date.UTC(start.getUTCFullYear(), month, Math.min(start.getUTCDate(), last))
  }
  let day = from
  for (let left = period.businessDays; left > 0; ) {
    day += DAY_MS
    const weekday = new Date(day).getUTCDay()
    if (weekday !== 0 && weekday !== 6) left--
  }
  return day
}
