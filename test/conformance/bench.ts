/** What the laboratory judges by: the policy that comes with Sluice, at a fixed moment. */
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../../src/contracts/load.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { createDecoders } from '../../src/signals/decoders.ts'
import { createCountryReader } from '../../src/signals/place.ts'

const CONFIG = fileURLToPath(new URL('../../config', import.meta.url))

export async function shippedBench() {
  const loaded = await loadConfig(CONFIG, partnerTypes(), Date.now())
  if (!loaded.ok) throw new Error('the shipped configuration has problems')
  return {
    rules: { policy: loaded.config.plans.policy, categories: {} },
    decoders: createDecoders(100),
    countryOf: createCountryReader(),
    at: Date.UTC(2026, 5, 1),
  }
}
