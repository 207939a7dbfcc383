/** SDK set-up for an app, with its own key, and whether the SDK has been seen. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type AnswerOf, call } from '../api/client.ts'
import { Options } from '../ui/options.tsx'
import { Empty, Unread } from '../ui/problem.tsx'
import { ScrollText } from '../ui/scroll.tsx'
import { Tag } from '../ui/tag.tsx'
import { agoText, exactTime, plural, timeText } from '../ui/words.ts'
import { filledIn } from './fill-in.ts'
import { SNIPPETS } from './snippets.ts'

type Heard = AnswerOf<'listHeardSdks'>
type App = Heard['apps'][number]
const OFTEN_MS = 3_000

export function SetUp() {
  const heard = useQuery({
    queryKey: ['heard'],
    queryFn: ({ signal }) => call('listHeardSdks', { signal }),
    refetchInterval: OFTEN_MS,
  })
  const [id, setId] = useState<string>()
  const [sdk, setSdk] = useState(SNIPPETS[0]?.title ?? '')
  if (heard.data === undefined) return <Unread of={heard} what="which SDKs have been heard of" />
  const { apps, since, unknown, data_plane: dataPlane } = heard.data
  const app = apps.find((one) => one.app === id) ?? apps[0]
  if (app === undefined) return <Empty>No app is configured.</Empty>
  const snippet = SNIPPETS.find(({ title }) => title === sdk) ?? SNIPPETS[0]
  return (
    <div className="set-up">
      <div className="stack">
        <p className="choices">
          <label htmlFor="app">App</label>{' '}
          <select id="app" value={app.app} onChange={(event) => setId(event.target.value)}>
            <Options of={apps.map((one) => [one.app, one.name])} />
          </select>{' '}
          <label htmlFor="sdk">SDK</label>{' '}
          <select id="sdk" value={snippet?.title} onChange={(event) => setSdk(event.target.value)}>
            {SNIPPETS.map(({ title }) => (
              <option key={title}>{title}</option>
            ))}
          </select>
        </p>
        {snippet !== undefined && <Snippet text={snippet.text} app={app} dataPlane={dataPlane} />}
      </div>
      <Light app={app} since={since} unknown={unknown} />
    </div>
  )
}

function Snippet({ text, app, dataPlane }: { readonly text: string; readonly app: App; readonly dataPlane: string }) {
  const [copied, setCopied] = useState(false)
  const filled = filledIn(text, app.write_key, dataPlane)
  return (
    <div className="stack">
      <ScrollText className="proof-text snippet">{filled}</ScrollText>
      <p>
        <button
          type="button"
          className="button"
          onClick={() => {
            void navigator.clipboard.writeText(filled).then(() => setCopied(true))
          }}
        >
          {copied ? 'Copied' : 'Copy'}
        </button>{' '}
        <span className="quiet">
          {app.write_key === undefined
            ? 'The key is for editors: it is in apps.yaml.'
            : 'The address is this machine’s: put the one that your apps reach in its place.'}
        </span>
      </p>
    </div>
  )
}

function Light({
  app,
  since,
  unknown,
}: {
  readonly app: App
  readonly since: string
  readonly unknown: Heard['unknown']
}) {
  const { sdks, refusal, asked_at: asked } = app
  return (
    <section className="card" aria-labelledby="heard-title">
      <h2 id="heard-title">{app.name}</h2>
      {sdks.length === 0 ? (
        <p>
          <Tag tone="calm">Not heard of since the gateway started, {timeText(since)}</Tag>
        </p>
      ) : (
        <ul className="heard">
          {sdks.map(({ name, version, first_at: first, last_at: last, requests }) => (
            <li key={`${name} ${version}`}>
              <Tag tone="good">
                We have heard from {name} {version} since <time title={exactTime(first)}>{timeText(first)}</time>
              </Tag>
              <br />
              <span className="quiet">
                {plural(requests, 'request')}, the last {agoText(last)}
              </span>
            </li>
          ))}
        </ul>
      )}
      {asked !== undefined && <p className="quiet">Asked for its settings {agoText(asked)}.</p>}
      {refusal !== undefined && (
        <p>
          <Tag tone="warn">
            Last refused {agoText(refusal.at)}: {refusal.says}
          </Tag>{' '}
          <span className="quiet small">
            {refusal.code}, {plural(refusal.count, 'refusal')}
          </span>
        </p>
      )}
      {unknown !== undefined && (
        <p>
          <Tag tone="warn">
            Requests arrive without an app’s key, {agoText(unknown.at)}: {unknown.says}
          </Tag>
        </p>
      )}
    </section>
  )
}
