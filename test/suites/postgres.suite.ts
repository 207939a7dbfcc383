import { load } from './load.ts'

load('postgres')
