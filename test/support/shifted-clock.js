// For `node --import`: this process and its threads live SLUICE_TEST_CLOCK_SHIFT milliseconds later (or, negative, earlier).
const shift = Number(process.env.SLUICE_TEST_CLOCK_SHIFT)
if (!Number.isSafeInteger(shift)) throw new Error('SLUICE_TEST_CLOCK_SHIFT must be whole milliseconds')
const realNow = Date.now.bind(Date)
globalThis.Date = class extends Date {
  constructor(...parts) {
    super(...(parts.length === 0 ? [realNow() + shift] : parts))
  }
  static now() {
    return realNow() + shift
  }
}
