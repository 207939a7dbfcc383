/** Compiles validated options to the plain data that decisions use. Pure: no file, clock or environment. */
import { join, resolve } from 'node:path'
import type { AppId, PartnerId } from '../model/brand.ts'
import type { AppPlan, ContractPlan, EventGrant, Levels, NotifyPlan, Policy, Regime, Rule } from '../model/contract.ts'
import { PURPOSES } from '../model/contract.ts'
import { DROP, FIELD_CLASSES, type FieldClass, type Level, topOf } from '../model/field-class.ts'
import type { AgeBand, Dimension } from '../model/signal.ts'
import type { UserIds } from '../model/user-ids.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'
import type { Connection } from '../partners/kit/type.ts'
import { compileControl } from './compile-control.ts'
import {
  type ClusterConfig,
  type GatewayConfig,
  KEY_NAMES,
  type KeyName,
  type LedgerConfig,
  type SecretReference,
} from './config.ts'
import { levelOf } from './levels.ts'
import type { AppOptions } from './options/apps.ts'
import type { ContractOptions, Share } from './options/contract.ts'
import type { GatewayOptions } from './options/gateway.ts'
import type { NotifyOptions } from './options/notify.ts'
import type { PolicyOptions, RegimeOptions } from './options/policy.ts'
import { resolveRules } from './regimes.ts'
import { endOfDay } from './validate/contract.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
/** Default items per envelope; larger envelopes gain little and lose more at once. */
const DEFAULT_BATCH = 100
/** Default attempts if neither contract nor type sets them: about a day with doubling pauses. */
const DEFAULT_ATTEMPTS = 12

/** `connection` is the output of the type's schema. */
export function compileContract(options: ContractOptions, connection: Connection, type: RegisteredType): ContractPlan {
  const { limits, when_restricted: restricted } = options
  const events = compileEvents(options.events)
  const namesProperties = Object.values(events).some(({ properties }) => Object.keys(properties).length > 0)
  return {
    // Sound: `id` matches the pattern of ids and is the name of its file.
    id: options.id as PartnerId,
    name: options.name,
    type: options.type,
    role: options.role,
    ...(options.agreement === undefined ? {} : { agreementUntil: endOfDay(options.agreement.until) }),
    purposes: PURPOSES.filter((purpose) => options.purposes.includes(purpose)),
    countries: options.countries.toSorted(),
    ...(options.tcf_vendor === undefined || options.tcf_vendor === 0 ? {} : { tcfVendor: options.tcf_vendor }),
    ...(options.addtl_provider === undefined ? {} : { addtlProvider: options.addtl_provider }),
    consentCategories: options.consent_categories.toSorted(),
    privacyPolicy: options.privacy_policy,
    ...(options.transfer_basis === undefined ? {} : { transferBasis: options.transfer_basis }),
    contact: options.contact,
    // Sound: each is the id of an app in apps.yaml.
    apps: options.apps.toSorted() as unknown as readonly AppId[],
    events,
    share: { ...compileShare(options.share), ...(namesProperties ? { property: topOf('property') } : {}) },
    whenRestricted: { send: restricted.send, share: compileShare(restricted.share) },
    ...compileNotify(options.notify),
    connection,
    limits: {
      perSecond: limits.per_second,
      concurrency: limits.concurrency,
      timeoutMs: limits.timeout_ms,
      batch: limits.batch ?? Math.min(type.envelopeLimits(connection).maxItems, DEFAULT_BATCH),
      lingerMs: limits.linger_ms,
      attempts: limits.attempts ?? type.attempts ?? DEFAULT_ATTEMPTS,
    },
  }
}

/** Absent if there are no notices, so that contracts without them keep their digest. */
function compileNotify(notify: NotifyOptions | undefined): { readonly notify?: NotifyPlan } {
  if (notify === undefined || notify === 'off') return {}
  const { opt_out: optOut, deletion, confirmed } = notify
  if (optOut === 'off' && deletion === 'off') return {}
  const isIrrevocable = typeof optOut === 'object' && optOut.irrevocable
  return {
    notify: {
      optOut: optOut === 'off' ? 'off' : isIrrevocable ? 'irrevocable' : 'reversible',
      deletion: deletion === 'on',
      ...(confirmed === undefined ? {} : { confirmed }),
    },
  }
}

function compileEvents(events: ContractOptions['events']): Readonly<Record<string, EventGrant>> {
  return Object.fromEntries(
    Object.entries(events).map(([key, { as, properties }]) => [key, { as: as ?? key.replace(/^@/, ''), properties }]),
  )
}

function compileShare(share: Share): Levels {
  const levels: Partial<Record<FieldClass, Level>> = {}
  for (const fieldClass of FIELD_CLASSES) {
    const word = share[fieldClass]
    const level = word === undefined ? DROP : levelOf(fieldClass, word)
    if (level !== DROP) levels[fieldClass] = level
  }
  return levels
}

export function compileApp(options: AppOptions): AppPlan {
  const { id, name, platform, bundle, write_keys, retired_keys, test, consent_categories, users } = options
  return {
    // Sound: ids match the pattern and are unique.
    id: id as AppId,
    name,
    ...(platform === undefined ? {} : { platform }),
    ...(bundle === undefined ? {} : { bundle }),
    writeKeys: write_keys.toSorted(),
    retiredKeys: retired_keys.toSorted(),
    ...(test ? { test } : {}),
    ...(consent_categories === undefined ? {} : { consentCategories: consent_categories }),
    ...compileUsers(users),
  }
}

function compileUsers(users: AppOptions['users']): Pick<AppPlan, 'users' | 'userIds'> {
  if (users === undefined) return {}
  const { jwks, issuer, audience, claim, since_claim: sinceClaim, namespace, format, real_ids: real = [] } = users
  const userIds: UserIds = {
    ...(namespace === 'default' ? {} : { namespace }),
    ...(format === 'opaque' ? {} : { format }),
    ...(real.length === 0 ? {} : { real: real.map((word) => word.trim().toLowerCase()).toSorted() }),
  }
  const tokens =
    jwks === undefined || issuer === undefined || audience === undefined
      ? undefined
      : { jwks, issuer, audience, claim, ...(sinceClaim === undefined ? {} : { sinceClaim }) }
  return {
    ...(tokens === undefined ? {} : { users: tokens }),
    ...(Object.keys(userIds).length === 0 ? {} : { userIds }),
  }
}

export function compilePolicy(options: PolicyOptions): Policy {
  return {
    date: options.date,
    ...(options.contact === undefined ? {} : { contact: options.contact }),
    ...(options.privacy_policy === undefined ? {} : { privacyPolicy: options.privacy_policy }),
    ...(options.erasure.keep_for_fraud === undefined ? {} : { keepForFraud: options.erasure.keep_for_fraud }),
    regimes: Object.fromEntries(Object.entries(options.regimes).map(([id, regime]) => [id, compileRegime(id, regime)])),
    ...transferFreeOf(options),
    ...retentionOf(options),
    ...(options.minimum_cohort === undefined ? {} : { minimumCohort: options.minimum_cohort }),
    places: options.places,
    defaultRegime: options.default_regime,
    minAreaKm2: options.min_area_km2,
    honour: options.honour,
  }
}

function retentionOf({ retention }: PolicyOptions): Pick<Policy, 'permissionsMonths' | 'linksMonths'> {
  const { permissions_months: permissionsMonths, links_months: linksMonths } = retention
  return {
    ...(permissionsMonths === undefined ? {} : { permissionsMonths }),
    ...(linksMonths === undefined ? {} : { linksMonths }),
  }
}

function transferFreeOf({ regimes }: PolicyOptions): Pick<Policy, 'transferFree'> {
  const named = Object.entries(regimes).flatMap(([id, { transfer_free: free }]) =>
    free === undefined ? [] : [[id, free] as const],
  )
  return named.length === 0 ? {} : { transferFree: Object.fromEntries(named) }
}

function compileRegime(id: string, regime: RegimeOptions): Regime {
  const { law, law_date, sure, consent_required, consent_string, rules } = regime
  return {
    id,
    // Sound: the schema guarantees every dimension, the policy's validation every band.
    rules: Object.fromEntries(
      Object.entries(rules).map(([dimension, rule]) => [dimension, resolveRules(rule)]),
    ) as unknown as Record<Dimension, Record<AgeBand, Rule>>,
    consentRequired: consent_required,
    ...(consent_string === undefined ? {} : { consentStrings: consent_string }),
    law: `${law} (${law_date}). ${sure}`,
  }
}

/** Relative paths are resolved against `workingFolder`. */
export function compileGateway(options: GatewayOptions, workingFolder: string): GatewayConfig {
  const dataFolder = resolve(workingFolder, options.data)
  const { intake, limits, pressure, deletion_requests: deletions } = options
  const reference = (name: KeyName): SecretReference =>
    absolute(options.keys[name] ?? { file: join(dataFolder, 'keys', `${name}.key`) }, workingFolder)
  return {
    dataPlane: options.data_plane,
    control: compileControl(options.control, (path) => resolve(workingFolder, path)),
    dataFolder,
    ...(options.cluster === undefined ? {} : { cluster: compileCluster(options.cluster, workingFolder) }),
    threads: options.threads,
    trustedProxies: options.trusted_proxies,
    ...(options.ip_database === undefined ? {} : { ipDatabase: resolve(workingFolder, options.ip_database) }),
    // Sound: one entry per name.
    keys: Object.fromEntries(KEY_NAMES.map((name) => [name, reference(name)])) as Record<KeyName, SecretReference>,
    intake: {
      keepHours: intake.keep_hours,
      maxAgeHours: intake.max_age_hours,
      dedupeWindowMinutes: intake.dedupe_window_minutes,
      dedupeMaxIds: intake.dedupe_max_ids,
    },
    ledger: compileLedger(options.ledger, workingFolder),
    ...(deletions === undefined
      ? {}
      : {
          deletionRequests: {
            ...deletions,
            requesters: deletions.requesters.map(({ domain, keys }) => ({
              domain,
              keys: resolve(workingFolder, keys),
            })),
          },
        }),
    desks: options.desks,
    notices: {
      withinMs: options.notices.within_minutes * MINUTE_MS,
      retryMs: options.notices.retry_seconds * SECOND_MS,
      ...(options.notices.callback_url === undefined ? {} : { callbackUrl: options.notices.callback_url }),
    },
    limits: { eventBytes: limits.event_bytes, batchBytes: limits.batch_bytes, batchEvents: limits.batch_events },
    pressure: {
      requestsUnderWay: pressure.requests_under_way,
      bytesUnderWay: pressure.bytes_under_way,
      connections: pressure.connections,
      connectionsByAddress: pressure.connections_by_address,
      retryAfterSeconds: pressure.retry_after_seconds,
    },
    unknownKeyGraceHours: options.unknown_key_grace_hours,
    source: options.cluster === undefined ? options.source : 'store',
    watchSeconds: options.watch_seconds,
    logLevel: options.log_level,
    allowLoopbackPartners: options.allow_loopback_partners,
  }
}

function absolute(reference: SecretReference, workingFolder: string): SecretReference {
  return 'file' in reference ? { file: resolve(workingFolder, reference.file) } : reference
}

function compileCluster(
  { cell, database, fencing, allow_single_copy: allowSingleCopy, internal }: NonNullable<GatewayOptions['cluster']>,
  workingFolder: string,
): ClusterConfig {
  const common = { cell, database: absolute(database, workingFolder), fencing, allowSingleCopy }
  if (internal === undefined) return common
  const { host, port, reached_at: reachedAt, when_owner_down: whenOwnerDown, tls } = internal
  return {
    ...common,
    internal: {
      host,
      port,
      ...(reachedAt === undefined ? {} : { reachedAt }),
      tls: {
        key: absolute(tls.key, workingFolder),
        cert: absolute(tls.cert, workingFolder),
        ca: absolute(tls.ca, workingFolder),
      },
      whenOwnerDown,
    },
  }
}

function compileLedger({ anchors, ...options }: GatewayOptions['ledger'], workingFolder: string): LedgerConfig {
  const { folder, webhook } = anchors
  return {
    origin: options.origin,
    withheld: options.withheld,
    segmentLeaves: options.segment_leaves,
    segmentHours: options.segment_hours,
    sealValues: options.seal_values,
    retentionMonths: options.retention_months,
    anchors: {
      everySeconds: anchors.every_seconds,
      requiredWithinMinutes: anchors.required_within_minutes,
      ...(folder === undefined ? {} : { folder: resolve(workingFolder, folder) }),
      ...(webhook === undefined
        ? {}
        : {
            webhook: {
              url: webhook.url,
              ...(webhook.authorization === undefined ? {} : { authorization: webhook.authorization }),
            },
          }),
      witnesses: anchors.witnesses,
    },
  }
}
