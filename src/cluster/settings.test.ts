import { equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CA, CELL_TLS } from '../../test/support/cell-certificates.ts'
import type { ClusterConfig } from '../contracts/config.ts'
import type { NodeId } from '../model/brand.ts'
import { internalSettings } from './settings.ts'

const CONFIG: ClusterConfig = {
  cell: { env: 'CELL' },
  database: { env: 'DATABASE' },
  fencing: 'none',
  allowSingleCopy: false,
  internal: {
    host: '0.0.0.0',
    port: 8082,
    reachedAt: 'sluice-{cell}.sluice-cells',
    tls: { key: { env: 'KEY' }, cert: { env: 'CERT' }, ca: { env: 'CA' } },
    whenOwnerDown: 'refuse',
  },
}
const ENVIRONMENT = { KEY: CELL_TLS[1]!.key, CERT: CELL_TLS[1]!.cert, CA }

describe('where other cells reach this one', () => {
  test('cells that share one file are told apart by their numbers', () => {
    equal(internalSettings(CONFIG, '12' as NodeId, ENVIRONMENT)?.reachedAt, 'sluice-12.sluice-cells')
  })

  test('a key that is not the certificate’s is refused, without a line of it', () => {
    const mixed = { ...ENVIRONMENT, KEY: CELL_TLS[0]!.key }
    throws(
      () => internalSettings(CONFIG, '1' as NodeId, mixed),
      ({ message }: Error) => message.startsWith('cluster.internal.tls:') && !message.includes('BEGIN'),
    )
  })
})
