/** Two spellings of one statement: "no notice needed, did not opt out" opened what GPP's same facts keep shut. */
import { equal } from 'node:assert/strict'
import { startBidder } from '../harness/bidder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

/** Whether the id passes, by string; each from a device of its own, because signals stick. */
async function opens(world: World, texts: readonly string[], expected: boolean): Promise<void> {
  const { sent } = await startBidder(world)
  for (const [index, us_privacy] of texts.entries()) {
    const ifa = `2B3C4D5E-0004-4000-8000-0000000000${String(index + 10)}`
    equal((await sent({ regs: { us_privacy }, device: { ifa } })).device.ifa === ifa, expected, us_privacy)
  }
}
const all = [...'YN-'].flatMap((a) => [...'YN-'].flatMap((b) => [...'YN-'].map((c) => `1${a}${b}${c}`)))
const open = ['1YNY', '1YNN', '1---']

export const world: WorldCase = {
  source: 'IAB US Privacy String 1.0; IAB GPP, US sections: "not applicable" beside "did not opt out"',
  faults: {
    'relay-H1': (world) => opens(world, ['1-NN'], false),
    'relay-H1-all': (world) =>
      opens(
        world,
        all.filter((text) => !open.includes(text)),
        false,
      ),
  },
  neighbours: {
    'a notice and no opt-out, or a law that does not apply, open': (world) => opens(world, open, true),
    'an opt-out denies': (world) => opens(world, ['1YYN', '1NYN', '1YYY', '1yyn'], false),
  },
}
