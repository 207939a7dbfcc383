/** Edits one contract as a matrix or as text, with the meaning of the change beside it. */
import { Tabs } from '@base-ui/react/tabs'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo, useState } from 'react'
import { call } from '../api/client.ts'
import { filesQuery, type InboxName, inboxQuery, type Partner, typesQuery, useStatus } from '../api/queries.ts'
import type { JsonSchema } from '../editor/complete.ts'
import { YamlEditor } from '../editor/yaml-editor.tsx'
import { TestEvent } from '../live/test-event.tsx'
import { Options } from '../ui/options.tsx'
import { Unread } from '../ui/problem.tsx'
import { fieldWord } from '../ui/words.ts'
import { eventsIn, termsIn, withName, withTreatment } from './contract-text.ts'
import { PERSONA } from './live-matrix.tsx'
import { choicesOf, grantable, matrixOf, shareText } from './matrix.ts'
import { Laws, MatrixTable } from './matrix-table.tsx'
import { Meaning } from './meaning.tsx'
import { placeProblem } from './place-problem.ts'
import { type Files, useMeaning } from './use-meaning.ts'

/** @param grant number of an inbox name: its line is added to the draft, not published */
export function ContractEditor({ partner, grant }: { readonly partner: Partner; readonly grant?: number | undefined }) {
  const status = useStatus()
  /** The revision that the edit is based on, even if others publish meanwhile. */
  const [base, setBase] = useState<number>()
  const revision = base ?? status.data?.revision
  const files = useQuery({ ...filesQuery(revision ?? 0), enabled: revision !== undefined })
  const inbox = useQuery({ ...inboxQuery('waiting'), enabled: grant !== undefined, refetchInterval: false })
  const isAsked = grant !== undefined && inbox.data === undefined && !inbox.isError
  const name = inbox.data?.items.find(({ id }) => id === grant)
  if (files.data === undefined || revision === undefined || isAsked) return <Unread of={files} what="the contract" />
  return (
    <Editor
      key={grant ?? ''}
      partner={partner}
      texts={files.data}
      base={revision}
      pin={setBase}
      name={grant === undefined ? undefined : (name ?? 'gone')}
    />
  )
}

function Editor({
  partner,
  texts,
  base,
  pin,
  name,
}: {
  readonly partner: Partner
  readonly texts: Files
  readonly base: number
  readonly pin: (base: number | undefined) => void
  /** The inbox name; `gone` if it no longer waits. */
  readonly name: InboxName | 'gone' | undefined
}) {
  const contract = `partners/${partner.id}.yaml`
  const cases = `partners/${partner.id}.cases.yaml`
  const [edited, setEdited] = useState<Files>(() =>
    name === undefined || name === 'gone' ? {} : { [contract]: withName(texts[contract] ?? '', name.event, name.name) },
  )
  const text = edited[contract] ?? texts[contract] ?? ''
  const set = (file: string, next: string): void => {
    pin(base)
    setEdited((before) => ({ ...before, [file]: next }))
  }
  const changed = useMemo(
    () => Object.fromEntries(Object.entries(edited).filter(([file, now]) => now !== texts[file])),
    [edited, texts],
  )
  const meaning = useMeaning(useDeferredValue(changed))
  const problems = useMemo(() => meaning.problems.map(placeProblem), [meaning.problems])
  const ofContract = useMemo(() => problems.filter(({ file }) => file === contract), [problems, contract])
  const ofCases = useMemo(() => problems.filter(({ file }) => file === cases), [problems, cases])
  const forget = (): void => {
    setEdited({})
    pin(undefined)
  }
  const schema = useQuery({
    queryKey: ['schema', 'partner'],
    queryFn: () => call('readSchema', { params: { file: 'partner' } }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <div className="contract">
      <Tabs.Root defaultValue={name === undefined ? 'matrix' : 'yaml'} className="contract-main">
        {name !== undefined && <Prepared name={name} />}
        <Tabs.List className="tabs small-tabs" aria-label="Views of the contract">
          <Tabs.Tab value="matrix" className="tab">
            Matrix
          </Tabs.Tab>
          <Tabs.Tab value="yaml" className="tab">
            YAML{ofContract.length > 0 && <span className="badge">{ofContract.length}</span>}
          </Tabs.Tab>
          {texts[cases] !== undefined && (
            <Tabs.Tab value="cases" className="tab">
              Cases{ofCases.length > 0 && <span className="badge">{ofCases.length}</span>}
            </Tabs.Tab>
          )}
        </Tabs.List>
        <Tabs.Panel value="matrix" className="tab-panel">
          <EditableMatrix partner={partner} text={text} changed={changed} set={(next) => set(contract, next)} />
        </Tabs.Panel>
        <Tabs.Panel value="yaml" className="tab-panel">
          <YamlEditor
            label={`Contract of ${partner.name}`}
            text={text}
            onChange={(next) => set(contract, next)}
            problems={ofContract}
            schema={schema.data as JsonSchema | undefined}
          />
        </Tabs.Panel>
        <Tabs.Panel value="cases" className="tab-panel">
          <p className="quiet">
            What this contract must make of an event. A change that breaks a case is refused: change both.
          </p>
          <YamlEditor
            label={`Cases of ${partner.name}`}
            text={edited[cases] ?? texts[cases] ?? ''}
            onChange={(next) => set(cases, next)}
            problems={ofCases}
            schema={undefined}
          />
        </Tabs.Panel>
      </Tabs.Root>
      <div className="contract-side stack">
        <Meaning changed={changed} base={base} meaning={meaning} problems={problems} forget={forget} />
        <TestEvent
          partner={partner.id}
          events={eventsIn(text)}
          files={changed}
          disabled={meaning.isPending || problems.length > 0}
        />
      </div>
    </div>
  )
}

/** Notice for a line added from the inbox. */
function Prepared({ name }: { readonly name: InboxName | 'gone' }) {
  if (name === 'gone') return <p className="quiet">The name does not wait in the inbox any more.</p>
  const what = name.kind === 'event' ? `the event ${name.event}` : `${name.name} of ${name.event}`
  return (
    <p role="status">
      The line for {what} is prepared below and not published yet: enter the partner’s name for it, then propose it.
    </p>
  )
}

function EditableMatrix({
  partner,
  text,
  changed,
  set,
}: {
  readonly partner: Partner
  readonly text: string
  readonly changed: Files
  readonly set: (text: string) => void
}) {
  const types = useQuery(typesQuery)
  const isChanged = Object.keys(changed).length > 0
  const live = useQuery({
    queryKey: ['matrix', 'live'],
    queryFn: ({ signal }) => call('simulateMatrix', { body: { persona: PERSONA }, signal }),
  })
  const draft = useQuery({
    queryKey: ['matrix', 'draft', changed],
    queryFn: ({ signal }) => call('simulateMatrix', { body: { persona: PERSONA, draft: { files: changed } }, signal }),
    enabled: isChanged,
    placeholderData: keepPreviousData,
  })
  const terms = termsIn(text)
  if (terms === undefined)
    return <p className="state">The text is no YAML at the moment: mend it in the YAML view, and the matrix is back.</p>
  if (live.data === undefined) return <Unread of={live} what="what leaves in each state" />
  const shown = isChanged && draft.data !== undefined ? draft.data : live.data
  const named = [...new Set([...Object.keys(terms.share), ...Object.keys(partner.share)])]
  const carries = types.data?.find(({ type }) => type === partner.type)?.carries ?? {}
  const chooser = (where: 'share' | 'restricted', field: string) => {
    const own = shareText(terms[where][field])
    const choices = choicesOf(field)
    return (
      <select
        aria-label={`${fieldWord(field)}, ${where === 'share' ? 'contract gives' : 'when restricted'}`}
        value={own}
        disabled={where === 'restricted' && terms.sendsRestricted !== 'limited'}
        onChange={(event) => set(withTreatment(text, where, field, event.target.value))}
      >
        {(choices.includes(own) ? choices : [...choices, own]).map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    )
  }
  return (
    <div className="stack">
      {isChanged && draft.isError && (
        <p className="warn-text">The states show what is live: the change has problems, see beside.</p>
      )}
      <MatrixTable
        matrix={matrixOf(shown, partner.id, named)}
        before={isChanged ? matrixOf(live.data, partner.id, named) : undefined}
        terms={(field) => ({ share: chooser('share', field), restricted: chooser('restricted', field) })}
      />
      <p>
        <select
          aria-label="Grant another field"
          value=""
          onChange={(event) =>
            set(withTreatment(text, 'share', event.target.value, choicesOf(event.target.value)[1] ?? 'pass'))
          }
        >
          <option value="" disabled>
            Grant another field…
          </option>
          <Options of={grantable(terms.share, carries).map((field) => [field, fieldWord(field)])} />
        </select>{' '}
        <span className="quiet">Only what the type {partner.type} has a place for.</span>
      </p>
      <Laws simulated={shown} partner={partner.id} />
    </div>
  )
}
