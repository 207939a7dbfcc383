/** The configuration that comes with Sluice: right as it is, and what the docs and the demo say of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Plans } from '../../src/contracts/config.ts'
import { loadConfig } from '../../src/contracts/load.ts'
import { formatProblem } from '../../src/model/problem.ts'
import { AGE_BANDS } from '../../src/model/signal.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { NOW } from './fixture.ts'

const folder = fileURLToPath(new URL('../../config', import.meta.url))
const result = await loadConfig(folder, partnerTypes(), NOW)

function plans(): Plans {
  assert.ok(result.ok, result.ok ? '' : result.problems.map(formatProblem).join('\n'))
  return result.config.plans
}

describe('the shipped configuration', () => {
  test('has no problem, and no warning but the install id that AppsFlyer goes on receiving', () => {
    plans()
    assert.deepEqual(
      result.warnings.map(({ file, path }) => `${file.slice(folder.length + 1)} ${path}`),
      ['partners/appsflyer.yaml when_restricted.share.partner_id'],
    )
  })

  test('has two apps and three partners, one of each type, at the addresses where the demo listens', () => {
    const { apps, contracts } = plans()
    assert.deepEqual(
      apps.map(({ id, writeKeys }) => [id, ...writeKeys]),
      [
        ['messenger-android', 'demo-android-write-key'],
        ['messenger-ios', 'demo-ios-write-key'],
      ],
    )
    assert.deepEqual(
      contracts.map(({ id, type, role }) => `${id} ${type} ${role}`),
      ['acme-analytics webhook service_provider', 'appsflyer appsflyer third_party', 'northwind pixel third_party'],
    )
    const connections = contracts.map(({ connection }) => JSON.stringify(connection))
    assert.match(connections[0]!, /http:\/\/127\.0\.0\.1:9101/)
    assert.match(connections[1]!, /http:\/\/127\.0\.0\.1:9103/)
    assert.match(connections[2]!, /http:\/\/127\.0\.0\.1:9102/)
  })

  test('asks for consent in the 30 countries of the EEA, the United Kingdom and Switzerland', () => {
    const { policy } = plans()
    const eea = 'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO'.split(' ')
    assert.equal(eea.length, 30)
    for (const country of [...eea, 'GB', 'CH']) {
      const regime = policy.regimes[policy.places[country] ?? '']
      assert.equal(regime?.consentRequired, true, country)
      for (const [dimension, rules] of Object.entries(regime?.rules ?? {})) {
        assert.equal(rules.adult, 'only_if_opted_in', `${country} ${dimension}`)
      }
    }
  })

  test('lets adults in the United States opt out, asks minors to opt in or takes none, and never takes a child', () => {
    const { policy } = plans()
    const states = Object.keys(policy.places).filter((place) => place.startsWith('US'))
    for (const place of states) {
      const { rules } = policy.regimes[policy.places[place] ?? '']!
      for (const dimension of ['sale', 'sharing', 'targeted_advertising'] as const) {
        assert.equal(rules[dimension].adult, 'unless_opted_out', place)
        assert.equal(rules[dimension].unknown, 'unless_opted_out', place)
        assert.match(rules[dimension]['13_15'], /^(only_if_opted_in|never)$/, place)
        assert.match(rules[dimension]['16_17'], /^(only_if_opted_in|never)$/, place)
      }
      assert.match(rules.precise_location.adult, /^(only_if_opted_in|never)$/, place)
    }
    for (const regime of Object.values(policy.regimes)) {
      for (const dimension of Object.values(regime.rules)) assert.equal(dimension.under_13, 'never', regime.id)
    }
  })

  test('has a row for every state and the District of Columbia, and laws of their own for those that have one', () => {
    const { policy } = plans()
    const withLaw = 'CA CO CT DE FL IA IN KY MD MN MT NE NH NJ NV OR RI TN TX UT VA WA'.split(' ')
    const rows = Object.keys(policy.places).filter((place) => /^US-[A-Z]{2}$/.test(place))
    assert.equal(rows.length, 51 + 5)
    const own = rows.filter((place) => policy.places[place] !== 'us_other')
    assert.deepEqual(own.sort(), withLaw.map((state) => `US-${state}`).sort())
    assert.equal(new Set(own.map((place) => policy.places[place])).size, withLaw.length)
  })

  test('takes Maryland, Oregon and Connecticut at their word on minors and precise positions', () => {
    const { policy } = plans()
    const ruleOf = (place: string) => policy.regimes[policy.places[place] ?? '']!.rules
    assert.equal(ruleOf('US-MD').sale['16_17'], 'never')
    assert.equal(ruleOf('US-CT').targeted_advertising['16_17'], 'never')
    assert.equal(ruleOf('US-OR').sale['13_15'], 'never')
    assert.equal(ruleOf('US-OR').sale['16_17'], 'only_if_opted_in')
    assert.deepEqual(
      [ruleOf('US-MD').precise_location.adult, ruleOf('US-OR').precise_location.adult],
      ['never', 'never'],
    )
    assert.equal(ruleOf('US').precise_location.adult, 'never')
  })

  test('falls back to a regime that lets nothing out without an opt-in and consent', () => {
    const { policy } = plans()
    const fallback = policy.regimes[policy.defaultRegime]!
    assert.equal(fallback.consentRequired, true)
    for (const rules of Object.values(fallback.rules)) {
      for (const band of AGE_BANDS) assert.match(rules[band], /^(only_if_opted_in|never)$/)
    }
  })

  test('honours Global Privacy Control and not Do Not Track, as the policy of 2018-05-22 says', () => {
    const { policy } = plans()
    assert.deepEqual(policy.honour, { dnt: false, gpc: true })
    assert.equal(policy.date, '2018-05-22')
  })

  test('names for every regime its law, the day of its text and how sure that is', () => {
    for (const { id, law } of Object.values(plans().policy.regimes)) {
      assert.match(law, /^.{10,} \(\d{4}-\d{2}-\d{2}\)\. \S.{10,}$/, id)
    }
  })
})
