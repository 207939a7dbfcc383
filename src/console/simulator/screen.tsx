/** The simulator: what each partner would receive of an event, and why. Sends nothing. */
import { Tabs } from '@base-ui/react/tabs'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { partnersQuery, useStatus } from '../api/queries.ts'
import { Options } from '../ui/options.tsx'
import { EventView } from './event-view.tsx'
import { RevisionsView } from './revisions-view.tsx'
import { SourceChoice } from './source-choice.tsx'
import { type Choosing, DEFAULT_PERSONA, readAsked, type Source, type View } from './state.ts'
import { StatesView } from './states-view.tsx'
import { WhoView } from './who-view.tsx'
import '../partners/partners.css'
import '../review/review.css'
import './simulator.css'

export function SimulatorScreen() {
  const asked = useSearch({ from: '/simulator' })
  const navigate = useNavigate({ from: '/simulator' })
  const [source, setSource] = useState<Source>({ kind: 'persona' })
  const set = (part: Readonly<Record<string, string | number | undefined>>): void => {
    void navigate({ search: readAsked({ ...asked, ...part }), replace: true })
  }
  return (
    <div className="screen stack">
      <div className="screen-head">
        <h1>Simulator</h1>
        <span className="quiet">The very functions that decide in production. Nothing is sent.</span>
      </div>
      <section className="card asked" aria-label="Whose event">
        <SourceChoice source={source} setSource={setSource} />
        {source.kind === 'persona' && <PersonaChoice asked={asked} set={set} />}
        <StateChoice asked={asked} set={set} />
      </section>
      <Tabs.Root value={asked.view ?? 'event'} onValueChange={(view: View) => set({ view })}>
        <Tabs.List className="tabs" aria-label="Questions">
          <Tabs.Tab value="event" className="tab">
            One event
          </Tabs.Tab>
          <Tabs.Tab value="states" className="tab">
            All partners, all states
          </Tabs.Tab>
          <Tabs.Tab value="revisions" className="tab">
            Two revisions
          </Tabs.Tab>
          <Tabs.Tab value="who" className="tab">
            Who can ever receive
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="event" className="tab-panel">
          <EventView asked={asked} source={source} />
        </Tabs.Panel>
        <Tabs.Panel value="states" className="tab-panel">
          <StatesView asked={asked} source={source} />
        </Tabs.Panel>
        <Tabs.Panel value="revisions" className="tab-panel">
          <RevisionsView asked={asked} source={source} set={set} />
        </Tabs.Panel>
        <Tabs.Panel value="who" className="tab-panel">
          <WhoView asked={asked} set={set} />
        </Tabs.Panel>
      </Tabs.Root>
    </div>
  )
}

function PersonaChoice({ asked, set }: Choosing) {
  const personas = useQuery({
    queryKey: ['personas'],
    queryFn: async ({ signal }) => (await call('listPersonas', { signal })).personas,
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <label className="wide-label">
      Person
      <select value={asked.persona ?? DEFAULT_PERSONA} onChange={(event) => set({ persona: event.target.value })}>
        <Options of={personas.data?.map(({ id, about }) => [id, about])} />
      </select>
    </label>
  )
}

function StateChoice({ asked, set }: Choosing) {
  const partners = useQuery(partnersQuery)
  const status = useStatus()
  const live = status.data?.revision ?? 1
  return (
    <>
      <label>
        Choice with us
        <select value={asked.choice ?? ''} onChange={(event) => set({ choice: event.target.value || undefined })}>
          <option value="">none</option>
          <option value="opted_out">opted out</option>
          <option value="opted_in">opted in</option>
          <option value="child">child</option>
        </select>
      </label>
      <label>
        Global Privacy Control
        <select value={asked.gpc ?? ''} onChange={(event) => set({ gpc: event.target.value || undefined })}>
          <option value="">as the event says</option>
          <option value="1">sent</option>
        </select>
      </label>
      <label>
        Tracking (ATT)
        <select value={asked.att ?? ''} onChange={(event) => set({ att: event.target.value || undefined })}>
          <option value="">as the event says</option>
          <option value="3">authorised</option>
          <option value="2">denied</option>
        </select>
      </label>
      <label>
        Country
        <input
          size={4}
          maxLength={2}
          placeholder="DE"
          defaultValue={asked.country ?? ''}
          onChange={(event) => set({ country: event.target.value.toUpperCase() || undefined })}
        />
      </label>
      <label>
        Partner
        <select value={asked.partner ?? ''} onChange={(event) => set({ partner: event.target.value || undefined })}>
          <option value="">all</option>
          <Options of={partners.data?.map(({ id, name }) => [id, name])} />
        </select>
      </label>
      <label>
        Revision
        <select value={asked.revision ?? ''} onChange={(event) => set({ revision: event.target.value || undefined })}>
          <option value="">live</option>
          {Array.from({ length: live }, (_, index) => live - index).map((number) => (
            <option key={number}>{number}</option>
          ))}
        </select>
      </label>
    </>
  )
}
