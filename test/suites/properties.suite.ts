import { load } from './load.ts'

load('properties')
