/** The guard: independent of the field map, it looks for what was withheld in what would be sent. */
export { constantsOf, createScanner, type Scan, type ScanInput, type ScanResult } from './scan.ts'
export { scanLeaves } from './scan-leaves.ts'
export { screen } from './screen.ts'
