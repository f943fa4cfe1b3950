/** Degrees, WGS 84. */
export interface Place {
  latitude: number;
  longitude: number;
}

/** Mean radius of the earth (IUGG). */
const RADIUS_KM = 6371.0088;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great-circle distance by the haversine formula. */
export const distanceKm = (a: Place, b: Place): number => {
  const north = Math.sin(radians(b.latitude - a.latitude) / 2);
  const east = Math.sin(radians(b.longitude - a.longitude) / 2);
  const chord = north * north + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * east * east;
  return 2 * RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
};
