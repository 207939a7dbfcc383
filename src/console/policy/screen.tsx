/** Policy: rules of each place with their laws, and honoured signals. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type AnswerOf, call } from '../api/client.ts'
import { Options } from '../ui/options.tsx'
import { Unread } from '../ui/problem.tsx'
import { Table } from '../ui/table.tsx'
import { dateText, fieldWord } from '../ui/words.ts'
import { Apps } from './apps.tsx'
import { Signals } from './signals.tsx'
import './policy.css'

type Policy = AnswerOf<'readPolicy'>['policy']
const BANDS = ['adult', 'unknown', '16_17', '13_15', 'under_13'] as const
const BAND_WORDS: Readonly<Record<(typeof BANDS)[number], string>> = {
  adult: 'Adults',
  unknown: 'Age unknown',
  '16_17': '16 and 17',
  '13_15': '13 to 15',
  under_13: 'Under 13',
}
const COUNTRIES = new Intl.DisplayNames('en', { type: 'region' })

export function PolicyScreen() {
  const policy = useQuery({ queryKey: ['policy'], queryFn: ({ signal }) => call('readPolicy', { signal }) })
  if (policy.data === undefined) return <Unread of={policy} what="the policy" />
  return <PolicyView policy={policy.data.policy} />
}

function PolicyView({ policy }: { readonly policy: Policy }) {
  const [band, setBand] = useState<(typeof BANDS)[number]>('adult')
  const { regimes, places, honour, minAreaKm2, defaultRegime, date } = policy
  const dimensions = [...new Set(Object.values(regimes).flatMap(({ rules }) => Object.keys(rules)))]
  return (
    <div className="screen stack">
      <div className="screen-head">
        <h1>Policy</h1>
        <label>
          For{' '}
          <select value={band} onChange={(event) => setBand(event.target.value as (typeof BANDS)[number])}>
            <Options of={BANDS.map((one) => [one, BAND_WORDS[one]])} />
          </select>
        </label>
      </div>
      <section className="card" aria-label="In general">
        <dl className="facts-list">
          <dt>Published</dt>
          <dd>{dateText(date)}</dd>
          <dt>Signals</dt>
          <dd>
            Global Privacy Control is {honour.gpc ? 'honoured everywhere' : 'honoured where the law asks for it'}; Do
            Not Track is {honour.dnt ? 'honoured' : 'not honoured'}
          </dd>
          <dt>Position</dt>
          <dd>precise where it is finer than {minAreaKm2} km²</dd>
          <dt>Elsewhere</dt>
          <dd>if the place is unknown, {fieldWord(defaultRegime)} applies</dd>
        </dl>
      </section>
      <section className="card" aria-label="Regimes">
        <Table
          label="Rules by place"
          className="policy"
          keyOf={([id]) => id}
          rows={Object.entries(regimes)}
          columns={[
            { head: 'Regime', is: 'name', cell: ([id]) => fieldWord(id) },
            {
              head: 'Where',
              cell: ([id, { consentRequired }]) => (
                <>
                  {placesText(places, id)}
                  {consentRequired && <div className="quiet">asks for consent first</div>}
                </>
              ),
            },
            ...dimensions.map((dimension) => {
              const ruleOf = ([, { rules }]: readonly [string, Policy['regimes'][string]]): string =>
                rules[dimension]?.[band] ?? ''
              return {
                head: fieldWord(dimension),
                cell: (row: readonly [string, Policy['regimes'][string]]) => fieldWord(ruleOf(row)),
                className: (row: readonly [string, Policy['regimes'][string]]) => `rule ${ruleOf(row)}`,
              }
            }),
            { head: 'Law, and how sure', className: () => 'law', cell: ([, { law }]) => law },
          ]}
        />
      </section>
      <Signals />
      <Apps />
      <PublicPages />
    </div>
  )
}

const PAGES: readonly (readonly [path: string, what: string])[] = [
  ['/partners', 'who receives data, what, why and where; in English and Spanish'],
  ['/partners/changes', 'what changed, day by day, and every earlier privacy policy'],
  ['/transparency', 'how many opt-outs, erasures and notices there were'],
  ['/choices', 'how a user opts out without an account'],
]

/** Preview of a page rendered by the data plane, in a frame without scripts or interaction. */
function PublicPages() {
  const [shown, setShown] = useState(PAGES[0]![0])
  const sdks = useQuery({ queryKey: ['heard-sdks'], queryFn: ({ signal }) => call('listHeardSdks', { signal }) })
  const origin = sdks.data?.data_plane
  return (
    <section className="card stack" aria-labelledby="pages-title">
      <h2 id="pages-title">The public pages</h2>
      <p>
        As users see them now. The link opens the page on this gateway’s own machine; behind a proxy, put the path
        behind the address that users know. <code>/me</code>, a user’s own page, opens by their account’s token or by a
        link that staff make.
      </p>
      <fieldset className="page-tabs" aria-label="Page">
        {PAGES.map(([path]) => (
          <button
            key={path}
            type="button"
            className="button"
            aria-pressed={path === shown}
            onClick={() => setShown(path)}
          >
            {path}
          </button>
        ))}
      </fieldset>
      <p>
        {PAGES.find(([path]) => path === shown)?.[1]}
        {origin !== undefined && (
          <>
            {' · '}
            <a href={`${origin}${shown}`} target="_blank" rel="noreferrer noopener">
              open {shown}
            </a>
          </>
        )}
      </p>
      <iframe
        key={shown}
        className="page-preview"
        src={`/preview${shown}`}
        title={`Preview of ${shown}`}
        sandbox=""
        inert
      />
    </section>
  )
}

function placesText(places: Readonly<Record<string, string>>, regime: string): string {
  const named = Object.entries(places)
    .filter(([, of]) => of === regime)
    .map(([place]) => {
      const [country = '', region] = place.split('-')
      return region === undefined ? (COUNTRIES.of(country) ?? country) : `${country}-${region}`
    })
  return named.length === 0 ? 'nowhere by name' : named.join(', ')
}
