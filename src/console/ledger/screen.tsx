/** Ledger and audit: signed checkpoint, anchors, verification, retention and audit trail. */
import { useQuery } from '@tanstack/react-query'
import { call } from '../api/client.ts'
import { useMay } from '../app/session.tsx'
import { NoPermission, Unread } from '../ui/problem.tsx'
import { ScrollText } from '../ui/scroll.tsx'
import { countText } from '../ui/words.ts'
import { Anchors } from './anchors.tsx'
import { LedgerCheck } from './check.tsx'
import { Keeping } from './keeping.tsx'
import { Trail } from './trail-view.tsx'

export function LedgerScreen() {
  const may = useMay('readCheckpoint')
  return (
    <div className="screen stack">
      <div className="screen-head">
        <h1>Ledger and audit</h1>
      </div>
      {may ? (
        <>
          <Checkpoint />
          <LedgerCheck />
          <Anchors />
          <Keeping />
          <Trail />
        </>
      ) : (
        <NoPermission what="The ledger" needs={['auditor', 'privacy_officer']} />
      )}
    </div>
  )
}

function Checkpoint() {
  const checkpoint = useQuery({
    queryKey: ['checkpoint'],
    queryFn: ({ signal }) => call('readCheckpoint', { signal }),
    refetchInterval: 5_000,
  })
  if (checkpoint.data === undefined) return <Unread of={checkpoint} what="the checkpoint" />
  const { size, note, trust } = checkpoint.data
  return (
    <section className="card" aria-labelledby="checkpoint-title">
      <h2 id="checkpoint-title">The newest checkpoint covers {countText(size)} records</h2>
      <ScrollText>{note}</ScrollText>
      <p className="quiet small">
        Keys it may be signed under: {trust.join(', ')}. Whoever keeps a checkpoint can prove later that nothing was
        taken out.
      </p>
    </section>
  )
}
