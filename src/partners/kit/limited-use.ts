/** Limited Data Use, as Meta and Snapchat define it. */
import { z } from 'zod'

/**
 * Country and state of the data processing options: 1 and 1000 are the United States and California, 0 and 0 let the partner
 * determine them from the IP address, which it may not have received. [C]
 */
export const LDU_PLACE = z
  .strictObject({ country: z.int().min(0).max(999), state: z.int().min(0).max(9999) })
  .default({ country: 1, state: 1000 })
