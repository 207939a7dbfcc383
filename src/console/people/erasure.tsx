/** An erasure: preview, confirmation, then the gateway's result. */
import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type AnswerOf, call } from '../api/client.ts'
import { Problem, Unread } from '../ui/problem.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Tag } from '../ui/tag.tsx'
import { countText, plural } from '../ui/words.ts'
import { IDENTITY_WORDS, noticeStatesText } from './words.ts'

type Foreseen = AnswerOf<'foreseeErasure'>
type Erased = AnswerOf<'eraseSubject'>
type Told = Foreseen['recipients'][number]
interface Wanted {
  readonly shared: boolean
  readonly accounts: '' | 'include' | 'leave'
  readonly despiteHolds: boolean
}

const TOLD: readonly Column<Told>[] = [
  { head: 'Whom to notify', is: 'name', cell: ({ name }) => name },
  { head: 'Received', is: 'number', cell: ({ disclosures }) => countText(disclosures) },
  { head: 'Contact', cell: ({ contact }) => contact },
  {
    head: 'How it is asked to delete',
    cell: ({ deletion }) => deletion ?? 'by the contact: its interface has no call',
  },
]
/** Recipients to notify after an erasure; some get notices automatically. */
const NOTIFIED: readonly Column<Told>[] = [
  ...TOLD,
  {
    head: 'Told by us',
    cell: ({ told = [] }) => noticeStatesText(told.map(({ state }) => state)) || 'no: notify it yourself',
  },
]

export function Erasure({ handle, done }: { readonly handle: string; readonly done: () => void }) {
  const client = useQueryClient()
  const [isOpen, setOpen] = useState(false)
  const [wanted, setWanted] = useState<Wanted>({ shared: false, accounts: '', despiteHolds: false })
  const erasing = useMutation({
    gcTime: 0,
    mutationFn: () =>
      call('eraseSubject', {
        params: { handle },
        body: {
          confirm: 'erase',
          with_shared_devices: wanted.shared,
          despite_holds: wanted.despiteHolds,
          ...(wanted.accounts === '' ? {} : { accounts: wanted.accounts }),
        },
      }),
    onSuccess: () => {
      done()
      client.removeQueries({ queryKey: ['foreseen'] })
      return client.invalidateQueries({ queryKey: ['cases'] })
    },
  })
  if (erasing.data !== undefined) return <Done erased={erasing.data} />
  return (
    <section className="card" aria-labelledby="erasure-title">
      <h2 id="erasure-title">Erasure</h2>
      {isOpen ? (
        <Consequences
          handle={handle}
          wanted={wanted}
          change={(part) => setWanted({ ...wanted, ...part })}
          erase={() => erasing.mutate()}
          isBusy={erasing.isPending}
          error={erasing.error}
        />
      ) : (
        <p className="acts">
          <button type="button" className="button" onClick={() => setOpen(true)}>
            See what an erasure would do…
          </button>
        </p>
      )}
    </section>
  )
}

function Consequences({
  handle,
  wanted,
  change,
  erase,
  isBusy,
  error,
}: {
  readonly handle: string
  readonly wanted: Wanted
  readonly change: (part: Partial<Wanted>) => void
  readonly erase: () => void
  readonly isBusy: boolean
  readonly error: unknown
}) {
  const { shared, accounts } = wanted
  const foreseen = useQuery({
    queryKey: ['foreseen', handle, shared, accounts],
    queryFn: ({ signal }) =>
      call('foreseeErasure', {
        params: { handle },
        query: { with_shared_devices: shared ? 'true' : 'false', ...(accounts === '' ? {} : { accounts }) },
        signal,
      }),
    gcTime: 0,
    placeholderData: (before) => before,
  })
  if (foreseen.data === undefined) return <Unread of={foreseen} what="what it would do" />
  const { identities, keys, shared_devices: devices, holds, recipients } = foreseen.data
  const asksAccounts = foreseen.data.asks_about_accounts || accounts !== ''
  const isReady = (holds.length === 0 || wanted.despiteHolds) && !foreseen.data.asks_about_accounts
  return (
    <div className="stack">
      <h3>What goes</h3>
      <ul className="facts">
        <li>{identities.map(({ kind, count }) => plural(count, IDENTITY_WORDS[kind].toLowerCase())).join(', ')}</li>
        <li>
          {plural(keys, 'key')}: no record of the ledger, no waiting event and no backup without its keys can be tied to
          this person any more
        </li>
        <li>What waits to be sent about them is not sent</li>
      </ul>
      <h3>What stays</h3>
      <ul className="facts">
        <li>An opt-out, so that the next event of theirs is not shared again</li>
        <li>The ledger’s records and proofs, about nobody</li>
        {devices > 0 && <li>{plural(devices, 'device')} that another account uses too</li>}
        {foreseen.data.other_accounts > 0 && <li>{plural(foreseen.data.other_accounts, 'linked account')}</li>}
      </ul>
      {(devices > 0 || shared) && (
        <label>
          <input type="checkbox" checked={shared} onChange={(event) => change({ shared: event.target.checked })} /> Take
          in devices that another account uses too
        </label>
      )}
      {asksAccounts && (
        <label>
          What becomes of linked accounts, once you know whose they are{' '}
          <select value={accounts} onChange={(event) => change({ accounts: event.target.value as Wanted['accounts'] })}>
            <option value="">say…</option>
            <option value="leave">leave them</option>
            <option value="include">erase them too</option>
          </select>
        </label>
      )}
      {holds.length > 0 && (
        <>
          <p>
            <Tag tone="bad">
              {plural(holds.length, 'legal hold')} {holds.length === 1 ? 'keeps' : 'keep'} records about this person:
              the erasure is refused.
            </Tag>
          </p>
          <label>
            <input
              type="checkbox"
              checked={wanted.despiteHolds}
              onChange={(event) => change({ despiteHolds: event.target.checked })}
            />{' '}
            Erase anyway: the held records stay, linked to nobody
          </label>
        </>
      )}
      <h3>Whom to notify</h3>
      <Recipients recipients={recipients} columns={TOLD} />
      <Confirm isReady={isReady} isBusy={isBusy} erase={erase} />
      <Problem of={error} />
    </div>
  )
}

function Recipients({
  recipients,
  columns,
}: {
  readonly recipients: readonly Told[]
  readonly columns: readonly Column<Told>[]
}) {
  return recipients.length === 0 ? (
    <p className="calm-line">Nobody received anything about this person.</p>
  ) : (
    <>
      <Table
        label="Whom to notify"
        className="notify-table"
        columns={columns}
        rows={recipients}
        keyOf={({ partner }) => partner}
      />
      <p className="quiet small">
        Notifying them is yours to do (GDPR Art. 19), unless a contract says that Sluice does.
      </p>
    </>
  )
}

function Confirm({
  isReady,
  isBusy,
  erase,
}: {
  readonly isReady: boolean
  readonly isBusy: boolean
  readonly erase: () => void
}) {
  const [open, setOpen] = useState(false)
  return (
    <AlertDialog.Root open={open} onOpenChange={setOpen}>
      <p className="acts">
        <AlertDialog.Trigger className="button danger" disabled={!isReady || isBusy}>
          {isBusy ? 'Erasing…' : 'Erase this person…'}
        </AlertDialog.Trigger>
      </p>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title className="dialog-title">Erase this person for good?</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">
            It cannot be undone. The keys are overwritten on disk before you are answered.
          </AlertDialog.Description>
          <div className="dialog-buttons">
            <AlertDialog.Close className="button">Keep the person</AlertDialog.Close>
            <AlertDialog.Close className="button danger" onClick={erase}>
              Erase for good
            </AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

function Done({ erased }: { readonly erased: Erased }) {
  const {
    identities,
    keys_destroyed: keys,
    keys_overwritten: overwritten,
    pairs_ended: pairs,
    recipients,
    code,
  } = erased
  return (
    <section className="card" aria-labelledby="erased-title" role="status">
      <h2 id="erased-title">
        <Tag tone="good">Erased</Tag>
      </h2>
      <ul className="facts">
        <li>
          {plural(identities, 'identity', 'identities')} and {plural(keys, 'key')} destroyed
          {overwritten === false && '; their bytes are overwritten once another program lets go of the file'}
        </li>
        <li>{plural(pairs, 'disclosure')} that waited will not be made</li>
        {(erased.despite_holds ?? []).length > 0 && <li>Records under a legal hold stay, linked to nobody</li>}
      </ul>
      <h3>Whom to notify now</h3>
      <Recipients recipients={recipients} columns={NOTIFIED} />
      {code !== undefined && (
        <p>
          For the person, who gets this answer again with it for 90 days: <code>{code}</code>
        </p>
      )}
    </section>
  )
}
