/** Its own process: appends a record to a file and syncs it, again and again, and does nothing else. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'

export interface RawOrder {
  readonly records: number
  readonly recordBytes: number
}

const path = process.argv[2]
if (path === undefined) throw new Error('raw-log: no file')

process.on('message', ({ records, recordBytes }: RawOrder) => {
  const record = Buffer.alloc(recordBytes, 'x')
  const file = openSync(path, 'w')
  for (let n = 0; n < records; n++) {
    writeSync(file, record)
    fdatasyncSync(file)
  }
  closeSync(file)
  process.send?.({})
})
process.on('disconnect', () => process.exit())
