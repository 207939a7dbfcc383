/** Live: current traffic, SDKs seen, and test events. */
import { Tabs } from '@base-ui/react/tabs'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { partnersQuery } from '../api/queries.ts'
import { Options } from '../ui/options.tsx'
import { Empty, Unread } from '../ui/problem.tsx'
import { SetUp } from './set-up.tsx'
import { TestEvent } from './test-event.tsx'
import { Traffic } from './traffic.tsx'
import './live.css'

type View = 'traffic' | 'set-up' | 'test'

export function LiveScreen() {
  const { view = 'traffic' } = useSearch({ from: '/live' })
  const navigate = useNavigate({ from: '/live' })
  return (
    <div className="screen">
      <div className="screen-head">
        <h1>Live</h1>
      </div>
      <Tabs.Root
        value={view}
        onValueChange={(next: View) => void navigate({ search: next === 'traffic' ? {} : { view: next } })}
      >
        <Tabs.List className="tabs" aria-label="Parts">
          <Tabs.Tab value="traffic" className="tab">
            What passes
          </Tabs.Tab>
          <Tabs.Tab value="set-up" className="tab">
            SDK set-up
          </Tabs.Tab>
          <Tabs.Tab value="test" className="tab">
            Test event
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="traffic" className="tab-panel">
          <Traffic />
        </Tabs.Panel>
        <Tabs.Panel value="set-up" className="tab-panel">
          <SetUp />
        </Tabs.Panel>
        <Tabs.Panel value="test" className="tab-panel">
          <Tests />
        </Tabs.Panel>
      </Tabs.Root>
    </div>
  )
}

function Tests() {
  const partners = useQuery(partnersQuery)
  const [id, setId] = useState<string>()
  if (partners.data === undefined) return <Unread of={partners} what="the partners" />
  const partner = partners.data.find((one) => one.id === id) ?? partners.data[0]
  if (partner === undefined)
    return <Empty>No partner is live: a new one is tested where its contract is written.</Empty>
  return (
    <div className="stack">
      <p className="choices">
        <label htmlFor="tested">Partner</label>{' '}
        <select id="tested" value={partner.id} onChange={(event) => setId(event.target.value)}>
          <Options of={partners.data.map((one) => [one.id, one.name])} />
        </select>
      </p>
      <TestEvent key={partner.id} partner={partner.id} events={Object.keys(partner.events)} />
    </div>
  )
}
