/**
 * IAB's Global Vendor List, as published (`vendor-list.json`, versions 2 and 3). A revision includes only the vendors that its
 * contracts name.
 */

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { ContractPlan, Policy } from '../model/contract.ts'
import { parseJson } from '../model/json-text.ts'
import type { VendorListing } from '../model/verdict.ts'

const PURPOSE = z.int().min(1).max(24)
const VENDOR = z.object({
  id: z.int().min(1).max(65_535),
  purposes: z.array(PURPOSE),
  legIntPurposes: z.array(PURPOSE),
  flexiblePurposes: z.array(PURPOSE).default([]),
  deletedDate: z.string().optional(),
})
const VENDOR_LIST = z.object({ vendorListVersion: z.int().min(1), vendors: z.record(z.string(), VENDOR) })

export type VendorListFile = z.output<typeof VENDOR_LIST>

/** The content, or what is wrong with the file. */
export async function readVendorList(path: string): Promise<VendorListFile | { readonly found: string }> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    return { found: 'a file that cannot be read' }
  }
  try {
    const parsed = VENDOR_LIST.safeParse(parseJson(text))
    return parsed.success ? parsed.data : { found: 'not a vendor list of IAB Europe' }
  } catch {
    return { found: 'not JSON' }
  }
}

/** A vendor that is missing from the list, or deleted, has declared nothing: no consent applies to it. */
export function listingsOf(
  list: VendorListFile,
  contracts: readonly ContractPlan[],
): NonNullable<Policy['vendorList']> {
  const listings: Record<number, VendorListing> = {}
  for (const { tcfVendor } of contracts) {
    if (tcfVendor !== undefined) listings[tcfVendor] = listingOf(list.vendors[tcfVendor])
  }
  return listings
}

export function isListed(list: VendorListFile, vendor: number): boolean {
  const found = list.vendors[vendor]
  return found !== undefined && found.deletedDate === undefined
}

function listingOf(vendor: z.output<typeof VENDOR> | undefined): VendorListing {
  if (vendor === undefined || vendor.deletedDate !== undefined)
    return { consent: 0, legitimateInterest: 0, flexible: 0 }
  return {
    consent: bitsOf(vendor.purposes),
    legitimateInterest: bitsOf(vendor.legIntPurposes),
    flexible: bitsOf(vendor.flexiblePurposes),
  }
}

function bitsOf(purposes: readonly number[]): number {
  return purposes.reduce((bits, purpose) => bits | (1 << (purpose - 1)), 0)
}
