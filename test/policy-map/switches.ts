/** What turns the features of docs/privacy-policy-map.md off, by the row's topic. Each edit leaves code that loads. */
import type { Switch } from '../support/policy-map.ts'

export const SWITCHES: Readonly<Record<string, readonly Switch[]>> = {
  'collected automatically': [
    { file: 'src/model/field-class.ts', find: 'hardware_id: NEVER,', replace: 'hardware_id: WHOLE,' },
    { file: 'src/model/never-leaves.ts', find: '/^(imei|imsi|', replace: '/^(imsi|' },
    {
      file: 'src/decide/ceilings.ts',
      find: 'const LIMITED_THIRD_PARTY: Levels = {\n  advertising_id: DROP,\n  vendor_id: DROP,',
      replace: 'const LIMITED_THIRD_PARTY: Levels = {\n  advertising_id: DROP,',
    },
  ],
  'given by the user': [
    { file: 'src/model/field-class.ts', find: 'message_content: NEVER,', replace: 'message_content: WHOLE,' },
    {
      file: 'src/flow/prepare.ts',
      find: 'if (!looked.clear) return',
      replace: 'if (looked.clear === undefined) return',
    },
    {
      file: 'src/decide/ceilings.ts',
      find: "{ id: 'share', levels: contract.share, othersDrop: true, why: whyNotShared }",
      replace: "{ id: 'share', levels: contract.share, othersDrop: false, why: whyNotShared }",
    },
  ],
  'advertising ids': [
    { file: 'src/signals/lmt.ts', find: "restrict: when(limited('lmt', 'lmt')),", replace: 'restrict: () => [],' },
    {
      file: 'src/signals/att.ts',
      find: "      else if (status.value !== 'authorized') findings.push(LIMITED)\n",
      replace: '',
    },
    {
      file: 'src/signals/att.ts',
      find: 'if (!wasSaid && attIsRequired(system, version)) findings',
      replace: "if (!wasSaid && attIsRequired('', version)) findings",
    },
  ],
  'third parties and IP': [
    {
      file: 'src/transform/mask-ip.ts',
      find: '  if (bits === 32) return text\n',
      replace: '  if (bits > 0) return text\n',
    },
  ],
  location: [
    {
      file: 'src/signals/location-permission.ts',
      find: 'restrict: (granted) => (granted ? [] : [REFUSAL]),',
      replace: 'restrict: () => [],',
    },
    {
      file: 'src/transform/coarse-coordinates.ts',
      find: '  const sine = Math.sin',
      replace: '  if (level > 0) return { latitude, longitude }\n  const sine = Math.sin',
    },
    { file: 'src/decide/ceilings.ts', find: '    ...(precise.allowed\n', replace: '    ...(precise !== undefined\n' },
  ],
  'sharing without asking again': [
    {
      file: 'src/decide/decide.ts',
      find: "const lapsed = contract.role === 'service_provider' && !(at < (contract.agreementUntil ?? 0))",
      replace: "const lapsed = contract.role === 'service_provider' && at < 0",
    },
  ],
  'legal process, safety, mergers': [
    {
      file: 'src/subjects/by-hand.ts',
      find: "const subject = Buffer.from(seal(sealingKey(own.key), nonce(), BOUND, one.id)).toString('base64')",
      replace: "const subject = Buffer.from(seal(sealingKey(random(32)), nonce(), BOUND, one.id)).toString('base64')",
    },
    { file: 'src/subjects/by-hand.ts', find: '&& !(bar !== undefined && today() < bar.until))', replace: ')' },
  ],
  'aggregated information': [
    { file: 'src/subjects/released-tables.ts', find: 'cell.people >= least &&', replace: 'cell.people >= 0 &&' },
    {
      file: 'src/subjects/released-tables.ts',
      find: 'freshSince(one, cell, at) >= least',
      replace: 'freshSince(one, cell, at) >= 0',
    },
    {
      file: 'src/subjects/released-tables.ts',
      find: 'if ((await files.read(month)) !== undefined || ',
      replace: 'if (',
    },
    {
      file: 'src/subjects/released-tables.ts',
      find: 'return Math.floor(count / STEP) * STEP',
      replace: 'return count',
    },
  ],
  'opt out': [
    {
      file: 'src/ingress/person/public-handlers.ts',
      find: '      await narrow(from, device.keys, statement, device.app, device.identities)\n',
      replace: '',
    },
    {
      file: 'src/ingress/me-choices.ts',
      find: "        if (!narrows(statement)) throw new GatewayError('ERR_CHOICE_WIDENS')\n",
      replace: '',
    },
    {
      file: 'src/choices/service.ts',
      find: '    const { value: reached, at } = await log.put(named, statement)\n',
      replace: '    const { value: reached, at } = await log.put(named, { ...statement, denies: 0 })\n',
    },
  ],
  'opt out: a receipt': [
    {
      file: 'src/subjects/receipts.ts',
      find: '      const { leaf, hash } = leafOf(record, seq)\n',
      replace: '      const { leaf, hash } = leafOf(record, seq + 1)\n',
    },
    {
      file: 'src/subjects/receipts.ts',
      find: '        facts: { policy, subject },\n',
      replace: '        facts: { policy, subject, salt },\n',
    },
    {
      file: 'src/subjects/receipts.ts',
      find: "      return { id, promise, leaf: Buffer.from(leaf).toString('base64'), identities, salt }",
      replace: "      return { id, promise, leaf: Buffer.from(leaf).toString('base64'), identities: [], salt }",
    },
  ],
  'opt out: the partners are told': [
    {
      file: 'src/notices/terms.ts',
      find: '{ class: of, kind: named, value, isPseudonym',
      replace: '{ class: of, kind: named, value: value.toLowerCase(), isPseudonym',
    },
    {
      file: 'src/notices/new-notice.ts',
      find: "about: [contract.id, owner ?? '', app, name, kind, value].join('\\0'),",
      replace: 'about: newId(),',
    },
    {
      file: 'src/notices/terms.ts',
      find: '  if (notify === undefined) return false\n',
      replace: '  if (notify === undefined) return true\n',
    },
    {
      file: 'src/subjects/statement.ts',
      find: '    ...(told.length === 0 ? {} :',
      replace: '    ...(told.length >= 0 ? {} :',
    },
  ],
  'opt out: objection': [
    {
      file: 'src/subjects/desk/restrictions.ts',
      find: 'return purposeBits(purposes) | (purposes',
      replace: 'return (purposes',
    },
    {
      file: 'src/subjects/desk/desk.ts',
      find: '    await restrictions.put(kind, who, purposes)\n    const step: Step',
      replace: '    const step: Step',
    },
  ],
  'Do Not Track': [
    { file: 'src/signals/dnt.ts', find: 'if (context.honoured.dnt) SWITCH', replace: 'SWITCH' },
    {
      file: 'src/signals/dnt.ts',
      find: '    if (context.honoured.dnt) SWITCH.rule(raw, found, context)\n',
      replace: '',
    },
    {
      file: 'src/ingress/public-list/handlers.ts',
      find: 'do_not_track: plan.policy.honour.dnt',
      replace: 'do_not_track: true',
    },
  ],
  'Global Privacy Control': [
    {
      file: 'src/ingress/person/context.ts',
      find: '      if (restricting.length > 0)\n',
      replace: '      if (restricting.length < 0)\n',
    },
  ],
  access: [
    {
      file: 'src/subjects/statement.ts',
      find: '    if (!mayHaveLeft(row)) continue\n',
      replace: '    if (mayHaveLeft(row)) continue\n',
    },
    { file: 'src/ingress/me-data.ts', find: "ERR_TOKEN_MISSING', { contact })", replace: "ERR_TOKEN_MISSING')" },
  ],
  'access: at the desk': [
    {
      file: 'src/subjects/desk/desk.ts',
      find: '        if (today() > due) throw',
      replace: '        if (today() < 0) throw',
    },
    {
      file: 'src/control/routes/cases.ts',
      find: '        if (one.inner !== undefined) await deps.staffReads.record',
      replace: '        if (one.inner === undefined) await deps.staffReads.record',
    },
  ],
  erasure: [
    {
      file: 'src/subjects/erase.ts',
      find: '    await ledger.forget(identities, purged.subjects)\n    await records.forget({ subjects: purged.subjects, identities })\n',
      replace: '',
    },
    {
      file: 'src/subjects/erase.ts',
      find: '    const recipients = await recipientsOf(erasure)\n',
      replace: '    const recipients = (await recipientsOf(erasure)).slice(0, 0)\n',
    },
    { file: 'src/gateway/rights.ts', find: 'filter((key) => kinds.includes(kindOfKey(key)))', replace: 'slice()' },
  ],
  'erasure: the partners are told': [
    {
      file: 'src/notices/terms.ts',
      find: '{ class: of, kind: named, value, isPseudonym',
      replace: "{ class: 'ip', kind: named, value, isPseudonym",
    },
  ],
  'erasure: at the desk': [
    {
      file: 'src/subjects/desk/run.ts',
      find: "      if (one.asked.by === actor) throw new GatewayError('ERR_FOUR_EYES')\n",
      replace: '',
    },
  ],
  restriction: [
    {
      file: 'src/subjects/desk/restrictions.ts',
      find: '      return purposeBits(PURPOSES) | ALL_DIMENSIONS\n',
      replace: '      return 0\n',
    },
  ],
  retention: [
    {
      file: 'src/ledger/retention.ts',
      find: '    if (holds.some((hold) => holdsSegment(hold, one, sealedAt))) break',
      replace: '    if (holds.length < 0) break',
    },
    {
      file: 'src/subjects/holds.ts',
      find: '  if (first !== undefined) return seq >= first\n  return time',
      replace: '  if (first !== undefined) return seq >= first\n  return time < 0 && time',
    },
    {
      file: 'src/ledger/prune.ts',
      find: '  if (found === undefined) return undefined\n',
      replace: '  if (found !== undefined || found === undefined) return undefined\n',
    },
  ],
  'retention: permissions and links': [
    {
      file: 'src/choices/aging.ts',
      find: 'finding.permits !== 0 && at < before',
      replace: 'finding.permits !== 0 && at < 0',
    },
    { file: 'src/choices/aging.ts', find: 'finding.permits !== 0 && at < before', replace: 'at < before' },
    {
      file: 'src/choices/aging.ts',
      find: '  const isRestricting = restricts(rest)\n',
      replace: '  const isRestricting = restricts(rest) && at < 0\n',
    },
    { file: 'src/choices/aging.ts', find: '    keepAsOwn(store, onA, b)\n', replace: '' },
  ],
  security: [
    {
      file: 'src/control/access/audit.ts',
      find: "          return write('call', { ...facts, call, ...who(actor) })",
      replace: '          return',
    },
    {
      file: 'src/subjects/staff-reads.ts',
      find: 'unseal(key, BOUND, sealed) !== undefined',
      replace: 'unseal(key, BOUND, sealed) === null',
    },
  ],
  'security: notice of a breach': [
    { file: 'src/subjects/packs.ts', find: 'name: parts.partnerName(partner)', replace: 'name: partner' },
    { file: 'src/control/match-identities.ts', find: '    if (found.disclosures === 0) continue\n', replace: '' },
  ],
  'international transfer': [
    {
      file: 'src/ingress/public-list/entry.ts',
      find: '      ...(contract.transferBasis === undefined ? {} : { transfer_basis: contract.transferBasis }),\n',
      replace: '',
    },
    {
      file: 'src/publish/submit.ts',
      find: '  if (transfers.length > 0) throw',
      replace: '  if (transfers.length < 0) throw',
    },
  ],
  children: [
    {
      file: 'src/decide/decide.ts',
      find: '  if (verdict.child.blocked && !contextual)\n',
      replace: "  if (verdict.child.blocked && eventKey === '')\n",
    },
  ],
  'children learned late': [
    { file: 'src/subjects/desk/children.ts', find: '      item.count += late\n', replace: '      item.count += 0\n' },
    {
      file: 'src/control/routes/subjects.ts',
      find: '        const opened = statement.child\n',
      replace: '        const opened = statement.child && keys.length === 0\n',
    },
    {
      file: 'src/ingress/me-choices.ts',
      find: '      if (statement.child)\n',
      replace: '      if (statement.child && named.length > 9)\n',
    },
  ],
  changes: [
    {
      file: 'src/ingress/public-list/history.ts',
      find: '    if (now !== undefined) periods.splice(-1, 1, { ...now, until: from })\n',
      replace: '',
    },
    {
      file: 'src/ingress/public-list/history.ts',
      find: 'changes: changes.reverse(),',
      replace: 'changes: changes.slice(0, 0),',
    },
  ],
}
