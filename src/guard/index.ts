/** The guard: independently of the field map, searches for withheld values in what would be sent. */
export { constantsOf, createScanner, type Scan, type ScanInput, type ScanResult } from './scan.ts'
export { scanLeaves } from './scan-leaves.ts'
export { type ScreenedContext, screen, screenContext } from './screen.ts'
export { classOf, parseTaint, type Taint } from './taint.ts'
export { FORMS_BEFORE, type FormsVersion } from './version.ts'
