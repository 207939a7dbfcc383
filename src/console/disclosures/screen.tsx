/** Disclosures: who received what, when and why, and what was withheld. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { FIELD_CLASSES } from '../../model/field-class.ts'
import { REASONS } from '../../model/reason.ts'
import { type AnswerOf, call, urlOf } from '../api/client.ts'
import { partnersQuery } from '../api/queries.ts'
import { useMay } from '../app/session.tsx'
import { Empty, NoPermission, Unread } from '../ui/problem.tsx'
import { type Column, LongTable } from '../ui/table.tsx'
import { Tag } from '../ui/tag.tsx'
import { exactTime, fieldWord, reasonSentence, timeText } from '../ui/words.ts'
import { type Facets, readFacets } from './facets.ts'
import './disclosures.css'

type Row = AnswerOf<'listDisclosures'>['items'][number]
const PAGE = 200
const ROW_PX = 33

export function DisclosuresScreen() {
  const may = useMay('listDisclosures')
  return (
    <div className="screen">
      <div className="screen-head">
        <h1>Disclosures</h1>
      </div>
      {may ? <Search /> : <NoPermission what="The ledger" needs={['auditor', 'privacy_officer']} />}
    </div>
  )
}

function Search() {
  const facets = useSearch({ from: '/disclosures' })
  const filter = filterOf(facets)
  const found = useInfiniteQuery({
    queryKey: ['disclosures', facets],
    queryFn: ({ pageParam, signal }) =>
      call('listDisclosures', {
        query: { ...filter, order: 'newest', limit: PAGE, ...(pageParam === '' ? {} : { cursor: pageParam }) } as never,
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  })
  const rows = found.data?.pages.flatMap(({ items }) => items)
  return (
    <>
      <FacetForm facets={facets} />
      <p className="exports">
        As a file:{' '}
        <a href={urlOf('exportDisclosures', { ...filter, format: 'csv' })} download="disclosures.csv">
          CSV
        </a>{' '}
        <a href={urlOf('exportDisclosures', { ...filter, format: 'jsonl' })} download="disclosures.jsonl">
          JSON lines
        </a>
      </p>
      {rows === undefined ? (
        <Unread of={found} what="the ledger" />
      ) : rows.length === 0 ? (
        <Empty>No record is like that.</Empty>
      ) : (
        <Rows
          rows={rows}
          more={found.hasNextPage ? () => void found.fetchNextPage() : undefined}
          isBusy={found.isFetchingNextPage}
        />
      )}
    </>
  )
}

function filterOf({ from, to, ...rest }: Facets): Readonly<Record<string, string>> {
  const time = (text: string | undefined) =>
    text === undefined || text === '' ? undefined : new Date(text).toISOString()
  return Object.fromEntries(
    Object.entries({ kind: 'intent', ...rest, from: time(from), to: time(to) }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as Record<string, string>
}

function FacetForm({ facets }: { readonly facets: Facets }) {
  const navigate = useNavigate({ from: '/disclosures' })
  const partners = useQuery(partnersQuery)
  const set = (part: Record<string, string>): void => {
    void navigate({ search: readFacets({ ...facets, ...part }) })
  }
  const choice = (name: keyof Facets, label: string, any: string, options: ReactNode) => (
    <label>
      {label}
      <select value={facets[name] ?? ''} onChange={(event) => set({ [name]: event.target.value })}>
        <option value="">{any}</option>
        {options}
      </select>
    </label>
  )
  return (
    <search className="facets">
      {choice('kind', 'What', 'Sent', <option value="withheld">Withheld</option>)}
      {choice(
        'partner',
        'Partner',
        'Any partner',
        partners.data?.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        )),
      )}
      {choice(
        'field',
        'With field',
        'Any field',
        FIELD_CLASSES.map((field) => (
          <option key={field} value={field}>
            {fieldWord(field)}
          </option>
        )),
      )}
      {choice(
        'reason',
        'Reason',
        'Any reason',
        Object.keys(REASONS).map((reason) => (
          <option key={reason} value={reason}>
            {fieldWord(reason)}
          </option>
        )),
      )}
      <label>
        From
        <input
          type="datetime-local"
          value={facets.from ?? ''}
          onChange={(event) => set({ from: event.target.value })}
        />
      </label>
      <label>
        To
        <input type="datetime-local" value={facets.to ?? ''} onChange={(event) => set({ to: event.target.value })} />
      </label>
    </search>
  )
}

function Rows({
  rows,
  more,
  isBusy,
}: {
  readonly rows: readonly Row[]
  readonly more: (() => void) | undefined
  readonly isBusy: boolean
}) {
  return (
    <>
      <LongTable
        label="Records, the newest first"
        className="record-table"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ seq }) => seq}
        rowPx={ROW_PX}
      />
      {more !== undefined && (
        <p className="exports">
          <button type="button" className="button" disabled={isBusy} onClick={more}>
            {isBusy ? 'Reading…' : `Older than these ${rows.length}`}
          </button>
        </p>
      )}
    </>
  )
}

const recordOf = (row: Row): Readonly<Record<string, unknown>> => row
const isSent = ({ kind }: Row): boolean => kind === 'intent'
const COLUMNS: readonly Column<Row>[] = [
  { head: 'When', cell: ({ time = 0 }) => <time title={exactTime(time)}>{timeText(time)}</time> },
  { head: 'Partner', cell: (row) => String(recordOf(row).partner ?? '') },
  {
    head: 'Event',
    cell: (row) =>
      isSent(row) ? (
        <Link to="/disclosures/$record" params={{ record: String(row.seq) }}>
          {String(recordOf(row).event ?? 'record')} <span className="unseen">record {row.seq}</span>
        </Link>
      ) : (
        String(recordOf(row).event ?? '')
      ),
  },
  {
    head: 'What left, or why not',
    cell: (row) => (isSent(row) ? leftText(recordOf(row).treatments) : reasonSentence(String(recordOf(row).why ?? ''))),
  },
  {
    head: 'How it ended',
    cell: (row) => (isSent(row) ? <Ended outcome={recordOf(row).outcome} /> : <Tag tone="calm">nothing left</Tag>),
  },
]

function leftText(treatments: unknown): string {
  if (typeof treatments !== 'object' || treatments === null) return ''
  return Object.entries(treatments)
    .map(([field, treatment]) => `${fieldWord(field)} ${String(treatment)}`)
    .join(', ')
}

export function Ended({ outcome }: { readonly outcome: unknown }) {
  const { kind, status } = (outcome ?? {}) as { readonly kind?: string; readonly status?: number }
  switch (kind) {
    case 'delivered':
      return <Tag tone="good">acknowledged {status}</Tag>
    case 'refused':
      return <Tag tone="bad">refused {status}</Tag>
    case 'cancelled_not_sent':
      return <Tag tone="calm">cancelled, not sent</Tag>
    case 'failed_before_write':
      return <Tag tone="warn">failed, nothing left</Tag>
    case undefined:
      return <Tag tone="calm">under way</Tag>
    default:
      return <Tag tone="warn">may have been received</Tag>
  }
}
