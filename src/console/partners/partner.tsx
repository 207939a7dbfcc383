/** One partner: its contract as a matrix and as text, and its dead letters. */
import { Tabs } from '@base-ui/react/tabs'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { mayCall } from '../api/client.ts'
import { partnersQuery } from '../api/queries.ts'
import { useMe } from '../app/session.tsx'
import { Empty, Loading, Unread } from '../ui/problem.tsx'
import { Tag } from '../ui/tag.tsx'
import { DeadLetters } from './dead-letters.tsx'
import { LiveMatrix } from './live-matrix.tsx'
import { usePartnerRows } from './use-partners.ts'
import './partners.css'

/** Includes the editor: loaded only by users who may edit. */
const ContractEditor = lazy(async () => ({ default: (await import('./contract-editor.tsx')).ContractEditor }))

export function PartnerScreen() {
  const { partner: id } = useParams({ from: '/partners/$partner' })
  const { view = 'contract', grant } = useSearch({ from: '/partners/$partner' })
  const navigate = useNavigate({ from: '/partners/$partner' })
  const { roles } = useMe()
  const partners = useQuery(partnersQuery)
  const { rows } = usePartnerRows(15)
  const partner = partners.data?.find((one) => one.id === id)
  const health = rows?.find((row) => row.id === id)?.health
  if (partners.data === undefined) return <Unread of={partners} what="the contract" />
  if (partner === undefined)
    return (
      <Empty>
        <h1>No such partner</h1>
        <p>
          No live contract has the id {id}. <Link to="/partners">All partners</Link>
        </p>
      </Empty>
    )
  return (
    <div className="screen">
      <div className="screen-head">
        <h1>
          <Link to="/partners">Partners</Link> <span aria-hidden="true">›</span> {partner.name}
        </h1>
        {health !== undefined && <Tag tone={health.tone}>{health.words}</Tag>}
      </div>
      <p className="quiet">
        {partner.role.replace('_', ' ')} for {partner.purposes.join(' and ').replaceAll('_', ' ')}, processes in{' '}
        {partner.countries.join(', ')}, contact {partner.contact}
      </p>
      <Tabs.Root
        value={view}
        onValueChange={(next: 'contract' | 'letters') =>
          void navigate({ search: next === 'contract' ? {} : { view: next } })
        }
      >
        <Tabs.List className="tabs" aria-label="Parts">
          <Tabs.Tab value="contract" className="tab">
            Contract
          </Tabs.Tab>
          <Tabs.Tab value="letters" className="tab">
            Dead letters
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="contract" className="tab-panel">
          {mayCall('exportRevision', roles) ? (
            <Suspense fallback={<Loading what="the editor" />}>
              <ContractEditor key={id} partner={partner} grant={grant} />
            </Suspense>
          ) : (
            <>
              <p className="quiet">You may look at this contract. Changing it takes an editor.</p>
              <LiveMatrix partner={partner} />
            </>
          )}
        </Tabs.Panel>
        <Tabs.Panel value="letters" className="tab-panel">
          <DeadLetters partner={id} />
        </Tabs.Panel>
      </Tabs.Root>
    </div>
  )
}
