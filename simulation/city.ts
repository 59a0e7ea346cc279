/** The stage: Taiyuan's districts as a simulated city sees them. Shares are our own guesses. */
export interface District {
  readonly code: string
  readonly zh: string
  readonly latitude: number
  readonly longitude: number
  readonly share: number
}

/** GB/T 2260 codes; coordinates are rough centres, good to a kilometre. */
export const DISTRICTS: readonly District[] = [
  { code: '140105', zh: '小店区', latitude: 37.74, longitude: 112.56, share: 24 },
  { code: '140106', zh: '迎泽区', latitude: 37.86, longitude: 112.58, share: 17 },
  { code: '140107', zh: '杏花岭区', latitude: 37.9, longitude: 112.57, share: 15 },
  { code: '140108', zh: '尖草坪区', latitude: 37.94, longitude: 112.49, share: 10 },
  { code: '140109', zh: '万柏林区', latitude: 37.86, longitude: 112.51, share: 16 },
  { code: '140110', zh: '晋源区', latitude: 37.72, longitude: 112.48, share: 5 },
  { code: '140121', zh: '清徐县', latitude: 37.61, longitude: 112.36, share: 6 },
  { code: '140122', zh: '阳曲县', latitude: 38.06, longitude: 112.67, share: 2 },
  { code: '140123', zh: '娄烦县', latitude: 38.07, longitude: 111.8, share: 2 },
  { code: '140181', zh: '古交市', latitude: 37.91, longitude: 112.17, share: 3 },
]
