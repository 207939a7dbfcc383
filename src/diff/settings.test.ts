/** Which settings are only listed: anybody may change them alone, so each stands here by name. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { APPS_OPTIONS } from '../contracts/options/apps.ts'
import { CONTRACT_OPTIONS } from '../contracts/options/contract.ts'
import { changeOf, createDifferenceSet } from './differences.ts'
import { APP_RULES, CONTRACT_RULES, compareSettings, POLICY_RULES } from './settings.ts'

/** Listed only, with the reason. Whatever decides who is concerned, who receives, or what for, has no place here. */
const LISTED = {
  contract: {
    transferBasis:
      'for counsel and the public list; where a law asks for a ground, its absence is refused when it is published',
    privacyPolicy: 'an address that people are shown',
    contact: 'whom to call',
    limits: 'how fast, not what',
  },
  app: {
    name: 'a word for people',
    writeKeys: 'a fresh key; one that comes from somewhere is told by write-keys.ts',
    retiredKeys: 'likewise',
    test: 'when its new names wait for a person; it gives no partner anything',
  },
  policy: {
    date: 'a date that people are shown',
    contact: 'whom to ask',
    privacyPolicy: 'an address that people are shown',
  },
}

describe('settings that one person changes alone', () => {
  for (const [of, rules, listed] of [
    ['contract', CONTRACT_RULES, LISTED.contract],
    ['app', APP_RULES, LISTED.app],
    ['policy', POLICY_RULES, LISTED.policy],
  ] as const) {
    test(`of a ${of} are those named here, and no other`, () => {
      const free = Object.entries(rules).flatMap(([name, rule]) => (rule === 'none' ? [name] : []))
      deepEqual(free.toSorted(), Object.keys(listed).toSorted())
    })
  }

  for (const [name, from, to, change] of [
    ['gpc', true, false, 'wider'],
    ['gpc', false, true, 'narrower'],
    ['dnt', true, false, 'wider'],
  ] as const)
    test(`honour.${name} from ${from} to ${to} is ${change}, whoever else is restricted already`, () => {
      const into = createDifferenceSet()
      const plans = (value: boolean) =>
        ({ policy: { honour: { gpc: true, dnt: true, [name]: value } }, apps: [], contracts: [] }) as never
      compareSettings(plans(from), plans(to), new Map(), into)
      equal(changeOf(into.all()), change)
    })

  test('a setting that the table does not know is wider', () => {
    const into = createDifferenceSet()
    const app = { id: 'a', name: 'A', writeKeys: [], retiredKeys: [] }
    const side = (extra: object) =>
      ({ policy: { honour: { dnt: false, gpc: true } }, apps: [{ ...app, ...extra }], contracts: [] }) as never
    compareSettings(side({}), side({ brandNew: 1 }), new Map(), into)
    equal(changeOf(into.all()), 'wider')
  })

  test('the files’ keys have a rule under the name they compile to', () => {
    const camel = (key: string): string => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    const elsewhere: Record<string, string> = { agreement: 'agreementUntil', profile: 'share' }
    const contractKeys = Object.keys(CONTRACT_OPTIONS.shape).filter((key) => key !== 'notes')
    for (const key of contractKeys) ok((elsewhere[camel(key)] ?? camel(key)) in CONTRACT_RULES, `contract: ${key}`)
    for (const key of Object.keys(APPS_OPTIONS.shape.apps.element.shape)) ok(camel(key) in APP_RULES, `app: ${key}`)
  })
})
