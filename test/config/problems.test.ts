import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadConfig } from '../../src/contracts/load.ts'
import { formatProblem } from '../../src/model/problem.ts'
import { ACME, APPS, edit, FILES, GATEWAY, load, NOW, POLICY, TYPES } from './fixture.ts'

interface Row {
  readonly name: string
  readonly files: Readonly<Record<string, string | undefined>>
  /** `file:line:column path: found. hint Allowed: …`, whole. */
  readonly says: readonly string[]
}

const acme = (from: string, to: string): Readonly<Record<string, string>> => ({
  'partners/acme.yaml': edit(ACME, from, to),
})
const policy = (from: string, to: string): Readonly<Record<string, string>> => ({
  'policy.yaml': edit(POLICY, from, to),
})
const apps = (from: string, to: string): Readonly<Record<string, string>> => ({ 'apps.yaml': edit(APPS, from, to) })
const gateway = (more: string): Readonly<Record<string, string>> => ({ 'gateway.yaml': `${GATEWAY}${more}\n` })

const CLASSES =
  'advertising_id, vendor_id, device_id, user_id, anonymous_id, push_token, partner_id, click_id, message_id, ip, coordinates, place, email, phone, name, address, birth_date, gender, user_agent, device, os, locale, timezone, carrier, network, time, url, referrer, receipt, property, hardware_id, contacts, message_content, media, face_data, payment'

const ERRORS: readonly Row[] = [
  {
    name: 'text that is not YAML',
    files: acme('countries: [US]', 'countries: [US'),
    says: [
      'partners/acme.yaml:8:1 wrong indentation (spaces, the same number for all keys of one map), or a [ or { before it that is not closed.',
    ],
  },
  {
    name: 'a key twice in one map',
    files: acme('name: Acme\n', 'name: Acme\nname: Akme\n'),
    says: ['partners/acme.yaml:3:1 the same key twice in one map: name, first on line 2. Remove one of them.'],
  },
  {
    name: 'a tag',
    files: acme('name: Acme', 'name: !secret Acme'),
    says: ['partners/acme.yaml:2:7 a tag (!name): tags have no meaning here.'],
  },
  {
    name: 'a second document',
    files: gateway('---\ndata: ./other'),
    says: ['gateway.yaml:3:1 a second document (---): one file holds one.'],
  },
  {
    name: 'an empty file',
    files: { 'apps.yaml': '' },
    says: ['apps.yaml:1:1 an empty file. Write what belongs into it, or remove it.'],
  },
  {
    name: 'a file that is missing',
    files: { 'policy.yaml': undefined },
    says: ['policy.yaml:1:1 no such file.'],
  },
  {
    name: 'a contract under a name that is not read',
    files: { 'partners/other.yml': ACME },
    says: ['partners/other.yml:1:1 a contract under a name that is not read. End the name in .yaml.'],
  },
  {
    name: 'an unknown key',
    files: acme('contact: privacy@acme.example', 'contact: privacy@acme.example\nconection: {}'),
    says: [
      'partners/acme.yaml:10:1 conection: not a key that is known here. Did you mean connection? Allowed: id, name, type, role, agreement, purposes, countries, transfer_basis, tcf_vendor, addtl_provider, consent_categories, privacy_policy, contact, notes, apps, events, profile, share, when_restricted, notify, connection, limits',
    ],
  },
  {
    name: 'a missing key',
    files: acme('contact: privacy@acme.example\n', ''),
    says: ['partners/acme.yaml:1:1 contact: missing. Allowed: a text'],
  },
  {
    name: 'another kind of value',
    files: acme(
      'connection: { url: https://acme.example/hook }',
      'connection: { url: https://acme.example/hook }\nlimits: { timeout_ms: fast }',
    ),
    says: [
      'partners/acme.yaml:17:23 limits.timeout_ms: a text, where another kind of value belongs. Allowed: a whole number from 100 to 60000',
    ],
  },
  {
    name: 'a number out of range',
    files: acme(
      'connection: { url: https://acme.example/hook }',
      'connection: { url: https://acme.example/hook }\nlimits: { concurrency: 257 }',
    ),
    says: [
      'partners/acme.yaml:17:24 limits.concurrency: 257, which is too large. Allowed: a whole number from 1 to 256',
    ],
  },
  {
    name: 'an empty list',
    files: acme('countries: [US]', 'countries: []'),
    says: ['partners/acme.yaml:7:12 countries: empty. Allowed: at least 1 entry'],
  },
  {
    name: 'an unknown field class',
    files: acme('  os: pass', '  advertsing_id: pass'),
    says: [
      `partners/acme.yaml:15:3 share.advertsing_id: not a field class. Did you mean advertising_id? Allowed: ${CLASSES}`,
    ],
  },
  {
    name: 'an unknown treatment',
    files: acme('  os: pass', '  os: redused'),
    says: [
      'partners/acme.yaml:15:7 share.os: "redused" is not one of the words that belong here. Did you mean reduced? Allowed: pass, reduced, drop',
    ],
  },
  {
    name: 'a treatment of another class',
    files: acme('  os: pass', '  os: pseudonym'),
    says: [
      'partners/acme.yaml:15:7 share.os: "pseudonym" is not one of the words that belong here. Allowed: pass, reduced, drop',
    ],
  },
  {
    name: 'IP bits that no address has',
    files: acme('ip: [24, 48]', 'ip: [33, 48]'),
    says: ['partners/acme.yaml:14:8 share.ip[0]: 33, which is too large. Allowed: a whole number from 0 to 32'],
  },
  {
    name: 'a class that never leaves',
    files: acme('  os: pass', '  hardware_id: pass'),
    says: ['partners/acme.yaml:15:16 share.hardware_id: this kind of data never leaves, whatever a contract says.'],
  },
  {
    name: 'an unknown purpose',
    files: acme('purposes: [analytics]', 'purposes: [analytic]'),
    says: [
      'partners/acme.yaml:6:12 purposes[0]: "analytic" is not one of the words that belong here. Did you mean analytics? Allowed: advertising, measurement, analytics, fraud_prevention, service',
    ],
  },
  {
    name: 'an id that is not the name of the file',
    files: acme('id: acme', 'id: akme'),
    says: ['partners/acme.yaml:1:5 id: not the name of the file. Rename the file or the id. Allowed: acme'],
  },
  {
    name: 'an unknown type',
    files: acme('type: webhook', 'type: web_hook'),
    says: ['partners/acme.yaml:3:7 type: not a partner type. Did you mean webhook? Allowed: meta_capi, webhook'],
  },
  {
    name: 'an unknown app',
    files: acme('apps: [shop-ios]', 'apps: [shop-ois]'),
    says: ['partners/acme.yaml:10:8 apps[0]: not an app of apps.yaml. Did you mean shop-ios? Allowed: shop-ios'],
  },
  {
    name: 'no event',
    files: acme('events:\n  Order Completed: { as: purchase, properties: { revenue: value } }', 'events: {}'),
    says: ['partners/acme.yaml:11:9 events: no event. Name the events this partner may hear of, or remove the file.'],
  },
  {
    name: 'an unknown call',
    files: acme('  Order Completed:', "  '@identfy':"),
    says: [
      'partners/acme.yaml:12:3 events.@identfy: not a telemetry call. Did you mean @identify? Allowed: @identify, @page, @screen, @group, @alias, @relay, @forget',
    ],
  },
  {
    name: 'a property path of no form',
    files: acme('revenue: value', "'a..b': value"),
    says: [
      'partners/acme.yaml:12:50 events."Order Completed".properties."a..b": not a path to a property. Allowed: name, a.b, list[].x or traits.x',
    ],
  },
  {
    name: 'a property that never leaves',
    files: acme('revenue: value', 'traits.imei: value'),
    says: [
      'partners/acme.yaml:12:50 events."Order Completed".properties."traits.imei": this kind of data never leaves, whatever a contract says.',
    ],
  },
  {
    name: 'a property that is a field class under another name',
    files: acme('revenue: value', 'traits.e-mail_sha256: value'),
    says: [
      'partners/acme.yaml:12:50 events."Order Completed".properties."traits.e-mail_sha256": a property that is email by its name. Grant email under share instead.',
    ],
  },
  {
    name: 'two properties under one name at the partner',
    files: acme('revenue: value', 'revenue: value, total: value'),
    says: [
      'partners/acme.yaml:12:73 events."Order Completed".properties.total: the same name at the partner as revenue. Allowed: one source for each name',
    ],
  },
  {
    name: 'a grant that the type cannot carry',
    files: acme('type: webhook', 'type: meta_capi') && {
      'partners/acme.yaml': edit(
        edit(
          edit(ACME, 'type: webhook', 'type: meta_capi'),
          '{ url: https://acme.example/hook }',
          '{ dataset: "1", token: { env: META } }',
        ),
        '  os: pass',
        '  coordinates: 50km2',
      ),
    },
    says: [
      'partners/acme.yaml:15:16 share.coordinates: 50km2, which the type meta_capi cannot carry. Remove it: a meta_capi request has no place for coordinates. Allowed: drop',
    ],
  },
  {
    name: 'restricted terms that grant more',
    files: acme('connection:', 'when_restricted: { send: limited, share: { ip: [16, 64] } }\nconnection:'),
    says: [
      'partners/acme.yaml:16:48 when_restricted.share.ip: [16, 64] for restricted people, which is more than share grants. Allowed: at most [16, 48]',
    ],
  },
  {
    name: 'restricted terms that grant what share does not',
    files: acme('connection:', 'when_restricted: { send: limited, share: { locale: reduced } }\nconnection:'),
    says: [
      'partners/acme.yaml:16:52 when_restricted.share.locale: reduced for restricted people, which is more than share grants. Allowed: drop',
    ],
  },
  {
    name: 'restricted terms where nothing is sent',
    files: acme('connection:', 'when_restricted: { share: { os: reduced } }\nconnection:'),
    says: [
      'partners/acme.yaml:16:20 when_restricted.share: terms for restricted people, to whose events send: nothing applies. Write send: limited, or remove share.',
    ],
  },
  {
    name: 'properties granted where no event names one',
    files: {
      'partners/acme.yaml': edit(edit(ACME, ', properties: { revenue: value }', ''), '  os: pass', '  property: pass'),
    },
    says: [
      'partners/acme.yaml:15:13 share.property: properties are granted, and no event names one. Name them under events.',
    ],
  },
  {
    name: 'properties named and refused at once',
    files: acme('  os: pass', '  property: drop'),
    says: [
      'partners/acme.yaml:15:13 share.property: drop, and events."Order Completed" names properties. Naming a property is its grant: remove the one or the other.',
    ],
  },
  {
    name: 'a service provider without an agreement',
    files: acme('agreement: { ref: DPA-1, until: 2027-12-31 }\n', ''),
    says: [
      'partners/acme.yaml:1:1 agreement: missing, and a service provider needs one. Name it, or write role: third_party. Allowed: { ref, until }',
    ],
  },
  {
    name: 'a service provider that advertises',
    files: acme('purposes: [analytics]', 'purposes: [analytics, advertising]'),
    says: [
      'partners/acme.yaml:6:23 purposes[1]: a service provider cannot use data for advertising. Write role: third_party, or remove the purpose.',
    ],
  },
  {
    name: 'a third party with an agreement',
    files: acme('role: service_provider', 'role: third_party\ntcf_vendor: 1'),
    says: [
      'partners/acme.yaml:6:1 agreement: an agreement, which only a service provider has. Write role: service_provider, or remove the agreement.',
    ],
  },
  {
    name: 'a day that the calendar does not have',
    files: acme('until: 2027-12-31', 'until: 2027-02-29'),
    says: ['partners/acme.yaml:5:33 agreement.until: not a day of the calendar.'],
  },
  {
    name: 'a country that is no code',
    files: acme('countries: [US]', 'countries: [US, UK]'),
    says: [
      'partners/acme.yaml:7:17 countries[1]: not a country code. Did you mean GB? Allowed: ISO 3166-1 alpha-2 in capitals, such as US',
    ],
  },
  {
    name: 'a word named twice',
    files: acme('countries: [US]', 'countries: [US, US]'),
    says: ['partners/acme.yaml:7:17 countries[1]: named a second time. Remove it.'],
  },
  {
    name: 'an origin that is not https',
    files: acme('https://acme.example/hook', 'http://acme.example/hook'),
    says: ['partners/acme.yaml:16:20 connection.url: an address that is not https. Allowed: an https address'],
  },
  {
    name: 'a loopback origin that the gateway does not allow',
    files: { ...acme('https://acme.example/hook', 'http://127.0.0.1:9000/'), 'gateway.yaml': 'data: ./data\n' },
    says: [
      'partners/acme.yaml:16:20 connection.url: an address of this machine. For a test, set allow_loopback_partners: true in gateway.yaml. Allowed: an https address',
    ],
  },
  {
    name: 'a connection key that the type does not know',
    files: acme('/hook }', '/hook, methd: PUT }'),
    says: [
      'partners/acme.yaml:16:47 connection.methd: not a key that is known here. Did you mean method? Allowed: url, method, batch, headers, signature, notices, opendsr, idempotent',
    ],
  },
  {
    name: 'more items in a request than the connection takes',
    files: acme('/hook }', '/hook }\nlimits: { batch: 50 }'),
    says: [
      'partners/acme.yaml:17:18 limits.batch: 50, and this connection takes no more than 1 in one request. Allowed: 1',
    ],
  },
  {
    name: 'an unknown regime for a place',
    files: policy('DE: strict', 'DE: strickt'),
    says: ['policy.yaml:24:34 places.DE: not a regime of this file. Did you mean strict? Allowed: strict, us'],
  },
  {
    name: 'an unknown default regime',
    files: policy('default_regime: strict', 'default_regime: stric'),
    says: ['policy.yaml:2:17 default_regime: not a regime of this file. Did you mean strict? Allowed: strict, us'],
  },
  {
    name: 'a place that is no country',
    files: policy('DE: strict', 'EU: strict'),
    says: ['policy.yaml:24:30 places.EU: not a country code. Allowed: ISO 3166 codes in capitals: US, or US-CA'],
  },
  {
    name: 'a state that is not one',
    files: policy('US-CA: us', 'US-KA: us'),
    says: ['policy.yaml:24:19 places.US-KA: not a region of US. Allowed: ISO 3166 codes in capitals: US, or US-CA'],
  },
  {
    name: 'a dimension without a rule for every age',
    files: policy(
      '{ default: unless_opted_out, 13_15: only_if_opted_in }',
      '{ 13_15: only_if_opted_in, adult: allow }',
    ),
    says: ['policy.yaml:20:7 regimes.us.rules.sale: no rule for 16_17, unknown. Name them, or give a default.'],
  },
  {
    name: 'a regime without a dimension',
    files: policy('      sharing: unless_opted_out\n', ''),
    says: [
      'policy.yaml:20:7 regimes.us.rules.sharing: missing. Allowed: allow, unless_opted_out, only_if_opted_in, never, or a map of default, under_13, 13_15, 16_17, adult, unknown',
    ],
  },
  {
    name: 'an unknown rule',
    files: policy('      sharing: unless_opted_out', '      sharing: unless_opted_in'),
    says: [
      'policy.yaml:21:16 regimes.us.rules.sharing: "unless_opted_in" is not one of the words that belong here. Did you mean unless_opted_out? Allowed: allow, unless_opted_out, only_if_opted_in, never, or a map of default, under_13, 13_15, 16_17, adult, unknown',
    ],
  },
  {
    name: 'a rule that lets a child’s data leave',
    files: policy('13_15: only_if_opted_in', 'under_13: only_if_opted_in'),
    says: ['policy.yaml:20:52 regimes.us.rules.sale.under_13: a child’s data never leaves. Allowed: never'],
  },
  {
    name: 'a younger band with a looser rule',
    files: policy('13_15: only_if_opted_in', '13_15: allow'),
    says: [
      'policy.yaml:20:7 regimes.us.rules.sale: allow for 13_15, which is looser than unless_opted_out for 16_17. Allowed: unless_opted_out or stricter',
    ],
  },
  {
    name: 'precise location in the United States without an opt-in',
    files: policy(
      '      targeted_advertising: unless_opted_out\n      precise_location: only_if_opted_in',
      '      targeted_advertising: unless_opted_out\n      precise_location: unless_opted_out',
    ),
    says: [
      'policy.yaml:23:7 regimes.us.rules.precise_location: unless_opted_out for 13_15, and US uses this regime. Allowed: only_if_opted_in or never',
    ],
  },
  {
    name: 'a default regime that is not the strictest',
    files: policy('      sharing: unless_opted_out', '      sharing: never'),
    says: [
      'policy.yaml:11:7 regimes.strict.rules.sharing: the default regime is looser than us, which says never for 13_15. It applies where the country is unknown, so it must be the strictest.',
    ],
  },
  {
    name: 'a default regime without consent strings where another asks for them',
    files: policy('default_regime: strict', 'default_regime: us'),
    says: [
      'policy.yaml:18:23 regimes.us.consent_required: the default regime asks for no consent, and strict does. Allowed: true',
      'policy.yaml:20:7 regimes.us.rules.sale: the default regime is looser than strict, which says only_if_opted_in for 16_17. It applies where the country is unknown, so it must be the strictest.',
      'policy.yaml:21:7 regimes.us.rules.sharing: the default regime is looser than strict, which says only_if_opted_in for 13_15. It applies where the country is unknown, so it must be the strictest.',
      'policy.yaml:22:7 regimes.us.rules.targeted_advertising: the default regime is looser than strict, which says only_if_opted_in for 13_15. It applies where the country is unknown, so it must be the strictest.',
    ],
  },
  {
    name: 'a write key in two apps, live or retired',
    files: { 'apps.yaml': `${APPS}  - { id: shop-android, name: Shop, write_keys: [old-key-0001, live-key-0001] }\n` },
    says: [
      'apps.yaml:6:50 apps[1].write_keys[0]: the same key as apps[0].retired_keys[0]. A key belongs to one app, and is live or retired.',
      'apps.yaml:6:64 apps[1].write_keys[1]: the same key as apps[0].write_keys[0]. A key belongs to one app, and is live or retired.',
    ],
  },
  {
    name: 'an app id twice',
    files: { 'apps.yaml': `${APPS}  - { id: shop-ios, name: Shop, write_keys: [live-key-0002] }\n` },
    says: ['apps.yaml:6:11 apps[1].id: the same id as apps[0].id. Give each app its own.'],
  },
  {
    name: 'a write key of no form',
    files: apps('live-key-0001', 'short'),
    says: [
      'apps.yaml:4:18 apps[0].write_keys[0]: not a write key: 8 to 128 of A-Z a-z 0-9 . _ ~ - (in quotes where it is all digits).',
    ],
  },
  {
    name: 'users whose keys come without TLS',
    files: apps(
      '    name: Shop\n',
      '    name: Shop\n    users: { jwks: http://id.example/keys, issuer: i, audience: a }\n',
    ),
    says: [
      'apps.yaml:4:20 apps[0].users.jwks: neither an https URL (without a password in it) nor the path of a file.',
    ],
  },
  {
    name: 'both planes on one port',
    files: gateway('control: { port: 8080 }'),
    says: ["gateway.yaml:3:18 control.port: 8080, which is the data plane's port too. Allowed: another port"],
  },
  {
    name: 'a control plane beyond this machine, without issuer and TLS',
    files: gateway('control: { host: 0.0.0.0, metrics_token: { env: TOKEN } }'),
    says: [
      'gateway.yaml:3:18 control.host: other machines can reach the control plane, and no issuer says who calls. Keep it on 127.0.0.1, or name an issuer in control.access.oidc.',
      'gateway.yaml:3:18 control.host: other machines can reach the control plane, and tokens would travel in clear. Keep it on 127.0.0.1, set control.tls, or say behind_tls_proxy: true where a proxy speaks TLS.',
    ],
  },
  {
    name: 'an ops API that nobody could call',
    files: gateway('control: { access: { bootstrap_token: false } }'),
    says: [
      'gateway.yaml:3:39 control.access.bootstrap_token: switched off, and there is no issuer: nobody could call. Add oidc first.',
    ],
  },
  {
    name: 'an issuer whose tokens give nobody a role',
    files: gateway('control: { access: { oidc: { issuer: i, audience: a, jwks: k.json, roles: {} } } }'),
    says: [
      'gateway.yaml:3:75 control.access.oidc.roles: no value gives any role: nobody could do anything. Name at least one.',
    ],
  },
  {
    name: 'a symmetric signature, a page that is no origin, and too much skew',
    files: gateway(
      'control: { origins: [ops.example.com], access: { oidc: { issuer: i, audience: a, jwks: k.json, algorithms: [HS256], clock_skew_seconds: 61, roles: { viewer: [x] } } } }',
    ),
    says: [
      'gateway.yaml:3:22 control.origins[0]: not an origin of a browser, such as https://ops.example.com.',
      'gateway.yaml:3:109 control.access.oidc.algorithms[0]: "HS256" is not one of the words that belong here. Did you mean ES256? Allowed: ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512, EdDSA',
      'gateway.yaml:3:137 control.access.oidc.clock_skew_seconds: 61, which is too large. Allowed: a whole number from 0 to 60',
    ],
  },
  {
    name: 'a way back that the control plane does not answer to, from an issuer that is no address',
    files: gateway(
      'control: { access: { oidc: { issuer: i, audience: a, jwks: k.json, roles: { viewer: [x] }, sign_in: { client_id: c, redirect_uri: "https://ops.example.com/session/callback" } } } }',
    ),
    says: [
      'gateway.yaml:3:38 control.access.oidc.issuer: no https URL: a browser cannot sign in there. Take sign_in out, or name its URL.',
      'gateway.yaml:3:131 control.access.oidc.sign_in.redirect_uri: a host name that the control plane does not answer to. Name it in control.hosts as well.',
    ],
  },
  {
    name: 'a way back to another page, in clear, and a sign-in without an ID token',
    files: gateway(
      'control: { access: { oidc: { issuer: "https://i.example", audience: a, jwks: "http://i.example/k", roles: { viewer: [x] }, sign_in: { client_id: c, client_secret: plain, scopes: [profile], redirect_uri: "http://ops.example.com/session/callback?x=1" } } } }',
    ),
    says: [
      'gateway.yaml:3:78 control.access.oidc.jwks: neither an https URL (without a password in it) nor the path of a file; http only on this machine.',
      'gateway.yaml:3:164 control.access.oidc.sign_in.client_secret: not a reference; a secret itself never stands in a file of the configuration, write { env: NAME } or { file: path }.',
      'gateway.yaml:3:179 control.access.oidc.sign_in.scopes: openid is missing: without it there is no ID token.',
      'gateway.yaml:3:204 control.access.oidc.sign_in.redirect_uri: not https://NAME/session/callback; http only on this machine.',
    ],
  },
  {
    name: 'a cluster of which nothing is said',
    files: gateway('storage: cluster\nkeys: { index: { env: I }, encryption: { env: E }, pseudonym: { env: P } }'),
    says: [
      'gateway.yaml:3:10 storage: cluster, and nothing says which cell this is and where the database is. docs/cluster.md says how one machine becomes many. Allowed: with cluster: { cell, database }',
    ],
  },
  {
    name: 'cells that would each make keys of their own',
    files: gateway('storage: cluster\ncluster: { cell: 64, database: postgres://a/b }\nkeys: { index: { env: I } }'),
    says: [
      'gateway.yaml:4:18 cluster.cell: neither a whole number from 0 to 63 nor { env: NAME }.',
      'gateway.yaml:4:32 cluster.database: not a reference; a secret itself never stands in a file of the configuration, write { env: NAME } or { file: path }.',
      'gateway.yaml:5:7 keys.encryption: missing, so every cell would make one of its own. Allowed: { env: NAME } or { file: path }, of the same key in every cell',
      'gateway.yaml:5:7 keys.pseudonym: missing, so every cell would make one of its own. Allowed: { env: NAME } or { file: path }, of the same key in every cell',
    ],
  },
  {
    name: 'a cell of nothing',
    files: gateway('cluster: { cell: 1, database: { env: D } }'),
    says: ['gateway.yaml:3:1 cluster: there, and storage is embedded. Set storage: cluster, or take the section out.'],
  },
  {
    name: 'more threads than there may be',
    files: gateway('threads: 16'),
    says: ['gateway.yaml:3:10 threads: 16, which is too large. Allowed: auto, or a whole number from 1 to 15'],
  },
  {
    name: 'a cell of several data threads',
    files: gateway(
      'storage: cluster\nthreads: auto\ncluster: { cell: 1, database: { env: D } }\nkeys: { index: { env: I }, encryption: { env: E }, pseudonym: { env: P } }',
    ),
    says: [
      'gateway.yaml:4:10 threads: auto, and storage is cluster. Start more cells instead: docs/cluster.md. Allowed: 1',
    ],
  },
  {
    name: 'threads of which not each could take a whole batch',
    files: gateway('threads: 4\npressure: { bytes_under_way: 1048576 }'),
    says: [
      'gateway.yaml:4:30 pressure.bytes_under_way: 1048576, which is less than a batch for each of 4 threads. Allowed: at least 2048000',
    ],
  },
  {
    name: 'events kept longer than they may get old',
    files: gateway('intake: { keep_hours: 48, max_age_hours: 24 }'),
    says: ['gateway.yaml:3:23 intake.keep_hours: 48, which is longer than max_age_hours. Allowed: at most 24'],
  },
  {
    name: 'an event larger than a batch',
    files: gateway('limits: { event_bytes: 600000 }'),
    says: ['gateway.yaml:3:24 limits.event_bytes: 600000, which is more than a whole batch. Allowed: at most 512000'],
  },
  {
    name: 'a proxy that is everyone',
    files: gateway('trusted_proxies: [10.0.0.0/8, 0.0.0.0/0]'),
    says: [
      'gateway.yaml:3:31 trusted_proxies[1]: neither an IP address nor a range such as 10.0.0.0/8 (and not everyone: /0).',
    ],
  },
  {
    name: 'a key of the gateway that it does not have',
    files: gateway('keys: { indx: { env: INDEX_KEY } }'),
    says: [
      'gateway.yaml:3:9 keys.indx: not a key of the gateway. Did you mean index? Allowed: index, pseudonym, commitment, encryption, signing, deletion',
    ],
  },
]

const WARNINGS: readonly Row[] = [
  {
    name: 'a third party without a vendor number',
    files: acme('role: service_provider\nagreement: { ref: DPA-1, until: 2027-12-31 }', 'role: third_party'),
    says: [
      'partners/acme.yaml:1:1 tcf_vendor: missing: the partner gets nothing where consent strings are asked for. Look the number up in the IAB vendor list; a wrong one reads the consent given to another company. Write 0 where it has none.',
    ],
  },
  {
    name: 'an agreement that has ended',
    files: acme('until: 2027-12-31', 'until: 2026-11-14'),
    says: ['partners/acme.yaml:5:33 agreement.until: the agreement has ended: the partner counts as a third party.'],
  },
  {
    name: 'an event key that looks like a call',
    files: acme('  Order Completed:', '  identify:'),
    says: [
      'partners/acme.yaml:12:3 events.identify: names track events that are called so, not the call. Did you mean @identify?',
    ],
  },
  {
    name: 'a regime that no place uses',
    files: policy('{ US: us, US-CA: us, DE: strict }', '{ DE: strict }'),
    says: ['policy.yaml:14:3 regimes.us: a regime that no place uses.'],
  },
  {
    name: 'an app that cannot send',
    files: apps('[live-key-0001]', '[]'),
    says: [
      'apps.yaml:4:17 apps[0].write_keys: no live write key: this app cannot send.',
      'partners/acme.yaml:10:1 apps: no app with a live write key: no event reaches this partner.',
    ],
  },
  {
    name: 'a control plane beyond this machine, where Prometheus is told nothing',
    files: gateway(
      'control: { host: 0.0.0.0, behind_tls_proxy: true, access: { oidc: { issuer: i, audience: a, jwks: k.json, roles: { viewer: [ops] } } } }',
    ),
    says: [
      'gateway.yaml:3:18 control.host: other machines can reach the control plane; /metrics then answers this machine alone. Set control.metrics_token where Prometheus runs elsewhere.',
    ],
  },
]

describe('configuration: each fault is an error at its line and column', () => {
  for (const { name, files, says } of ERRORS) {
    test(name, async () => {
      const result = await load({ ...FILES, ...files })
      assert.ok(!result.ok)
      assert.deepEqual(result.problems.map(formatProblem), says)
    })
  }
})

describe('configuration: what is odd but possible is a warning and publishes', () => {
  for (const { name, files, says } of WARNINGS) {
    test(name, async () => {
      const result = await load({ ...FILES, ...files })
      assert.deepEqual(result.warnings.map(formatProblem), says)
      assert.ok(result.ok)
    })
  }
})

describe('configuration: all problems of all files at once', () => {
  test('one fault in each file gives one problem for each, in the order of files and lines', async () => {
    const result = await load({
      ...gateway('log_level: chatty'),
      ...apps('name: Shop', 'nam: Shop'),
      ...policy('date: 2018-05-22\ndefault_regime', 'date: yesterday\ndefault_regime'),
      ...acme('role: service_provider', 'role: friend'),
      'partners/other.yaml': edit(ACME, 'countries: [US]', 'countries: [ZZ]'),
    })
    assert.ok(!result.ok)
    assert.deepEqual(
      result.problems.map(({ file, line, path }) => `${file}:${line} ${path}`),
      [
        'apps.yaml:2 apps[0].name',
        'apps.yaml:3 apps[0].nam',
        'gateway.yaml:3 log_level',
        'partners/acme.yaml:4 role',
        'partners/other.yaml:1 id',
        'partners/other.yaml:7 countries[0]',
        'policy.yaml:1 date',
      ],
    )
  })

  test('a wrong shape hides no fault of meaning in the same file', async () => {
    const text = edit(edit(edit(ACME, 'name: Acme', 'nme: Acme'), 'os: pass', 'oss: pass'), '[US]', '[XX]')
    const result = await load({ ...FILES, 'partners/acme.yaml': text })
    assert.ok(!result.ok)
    assert.deepEqual(
      result.problems.map(({ line, path }) => `${line} ${path}`),
      ['1 name', '2 nme', '7 countries[0]', '15 share.oss'],
    )
  })

  test('an empty folder lacks three files', async () => {
    const result = await load({})
    assert.ok(!result.ok)
    assert.deepEqual(
      result.problems.map(({ file, found }) => `${file}: ${found}`),
      ['apps.yaml: no such file', 'gateway.yaml: no such file', 'policy.yaml: no such file'],
    )
  })

  test('a folder that is not there is one problem, not four', async () => {
    const result = await loadConfig('/nowhere/config', TYPES, NOW)
    assert.ok(!result.ok)
    assert.deepEqual(result.problems.map(formatProblem), ['/nowhere/config:1:1 no such folder.'])
  })

  test('a broken apps file is not blamed on the contracts that name its apps', async () => {
    const result = await load({ ...FILES, 'apps.yaml': 'apps: [' })
    assert.ok(!result.ok)
    assert.deepEqual(
      result.problems.map(({ file }) => file),
      ['apps.yaml'],
    )
  })

  test('aliases that unfold beyond reason are refused, and a few are fine', async () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      'b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]',
      'c: [*b, *b, *b, *b, *b, *b, *b, *b, *b]',
    ]
    const refused = await load({ ...FILES, 'gateway.yaml': bomb.join('\n') })
    assert.ok(!refused.ok)
    assert.match(
      refused.problems.map(formatProblem).join('\n'),
      /gateway\.yaml:1:1 aliases \(\*name\) that stand for too much/,
    )
    const shared = edit(
      edit(ACME, 'ip: [24, 48]', 'ip: &net [24, 48]'),
      'connection:',
      'when_restricted: { send: limited, share: { ip: *net } }\nconnection:',
    )
    const fine = await load({ ...FILES, 'partners/acme.yaml': shared })
    assert.ok(fine.ok)
    assert.deepEqual(fine.config.plans.contracts[0]?.whenRestricted.share, { ip: 24 * 256 + 48 })
  })
})
