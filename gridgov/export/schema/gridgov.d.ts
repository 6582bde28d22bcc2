// Types of a gridgov plan, version 2. Made from columns.csv; do not edit.

/** Longitude and latitude, WGS84. */
export type Position = [number, number];

export interface Point {
  type: "Point";
  coordinates: Position;
}

export interface LineString {
  type: "LineString";
  coordinates: Position[];
}

export interface Polygon {
  type: "Polygon";
  coordinates: Position[][];
}

export interface MultiPolygon {
  type: "MultiPolygon";
  coordinates: Position[][][];
}

export interface Feature<G, P> {
  type: "Feature";
  properties: P;
  geometry: G;
}

export interface FeatureCollection<G, P> {
  type: "FeatureCollection";
  features: Feature<G, P>[];
}

/** A row of villages.geojson. */
export interface Village {
  /** id */
  village: string;
  /** in the village; unit: households */
  households: number;
  /** in the village; unit: members */
  members: number;
  /** drawn in the village; unit: grids */
  grids: number;
  /** who looks after the village; null when: no officers were given */
  officer: string | null;
  /** total distance from the households to the medoids of their grids; unit: m */
  cost_m: number;
  /** no layout with as many connected grids of these sizes costs less; unit: m */
  lower_bound_m: number;
  /** of the grids; unit: fraction */
  gap: number;
  /** of the grids */
  status: "optimal" | "feasible" | "stopped";
  /** how the grids were found and bounded */
  method: string;
  /** of the contacts, as in pairings; unit: m; null when: no members, or not paired alone */
  pairing_cost_m: number | null;
  /** of the contacts; unit: m; null when: no members, or not paired alone */
  pairing_lower_bound_m: number | null;
  /** of the contacts; unit: fraction; null when: no members, or not paired alone */
  pairing_gap: number | null;
  /** of the contacts; null when: no members, or not paired alone */
  pairing_status: "optimal" | "feasible" | "stopped" | null;
  /** of the contacts; null when: no members, or not paired alone */
  pairing_method: string | null;
  /** total distance from the medoids of the grids to those of the groups' centres; unit: m; null when: no groups */
  groups_cost_m: number | null;
  /** no layout with as many connected groups of these sizes costs less; unit: m; null when: no groups */
  groups_lower_bound_m: number | null;
  /** of the groups; unit: fraction; null when: no groups */
  groups_gap: number | null;
  /** of the groups; null when: no groups */
  groups_status: "optimal" | "feasible" | "stopped" | null;
  /** how the groups were found and bounded; null when: no groups */
  groups_method: string | null;
}

/** A row of groups.geojson. */
export interface Group {
  /** code, unique in the town */
  group: string;
  /** the group's village */
  village: string;
  /** in the group; unit: grids */
  grids: number;
  /** in these grids; unit: households */
  households: number;
  /** code of the grid in the middle */
  centre: string;
  /** member: the leader of that grid; null when: no members were given */
  leader: string | null;
  /** total distance from the medoids of its grids to that of the centre; unit: m */
  cost_m: number;
  /** which rule the group breaks, and why; null when: it breaks none */
  exception: string | null;
}

/** A row of grids.geojson. */
export interface Grid {
  /** code, unique in the town */
  grid: string;
  /** the grid's village */
  village: string;
  /** code of its group of grids; null when: no groups */
  group: string | null;
  /** in the grid; unit: households */
  households: number;
  /** of the grid's households; unit: residents */
  load: number;
  /** the household in the middle, to which the grid's distances are measured */
  medoid: string;
  /** contacts of its households; unit: members */
  members: number;
  /** member who answers for the grid; null when: no members were given */
  leader: string | null;
  /** total distance from the grid's households to the medoid; unit: m */
  cost_m: number;
  /** the grid's part in the bound of the groups; unit: 0.01 cm; null when: no groups */
  group_price: number | null;
  /** which rule the grid breaks, and why; null when: it breaks none */
  exception: string | null;
}

/** A row of households.geojson. */
export interface Household {
  /** id */
  household: string;
  /** given, or that of the polygon that holds it */
  village: string;
  /** as given, else 1; unit: residents */
  residents: number;
  /** villager group, as given; null when: none was given */
  group: string | null;
  /** building or the like, as given; null when: none was given */
  together: string | null;
  /** households of one label share a grid that no other label has; null when: none was given */
  lock: string | null;
  /** households of one label are a grid that was given ready; null when: none was given */
  whole_grid: string | null;
  /** tier of the household's visits, as given; null when: none was given */
  tier: string | null;
  /** `door` or `phone`, as given; null when: none was given: at the door */
  visit_by: "door" | "phone" | null;
  /** missed before, which come first; unit: visits */
  overdue: number;
  /** the household's grid */
  grid: string;
  /** contact: who visits the household; null when: no members were given */
  member: string | null;
  /** another member, who stands in; null when: the rules ask for none */
  deputy: string | null;
  /** to the grid's medoid; unit: m */
  grid_distance_m: number;
  /** to the contact; unit: m; null when: no members were given */
  member_distance_m: number | null;
  /** to the deputy; unit: m; null when: the rules ask for none */
  deputy_distance_m: number | null;
  /** the household's part in the bound of the grids; unit: 0.01 cm */
  grid_price: number;
  /** the household's part in the bound of the contacts; unit: 0.01 cm; null when: no members were given */
  pairing_price: number | null;
  /** the household's part in the bound of the deputies; unit: 0.01 cm; null when: the rules ask for none */
  deputy_price: number | null;
  /** the household's part in the bound of its visitor's walks; unit: 0.01 cm; null when: it is not visited at the door */
  visits_price: number | null;
}

/** A row of members.geojson. */
export interface Member {
  /** id */
  member: string;
  /** the member's village */
  village: string;
  /** household in which the member lives; null when: not known */
  home: string | null;
  /** most households that the member can have; unit: households; null when: not stated */
  capacity: number | null;
  /** fewest households that the member is to have; unit: households; null when: not stated */
  least: number | null;
  /** whether the member can be given households */
  available: boolean;
  /** whose contact the member is, of any village; unit: households */
  households: number;
  /** of these households; unit: residents */
  load: number;
  /** in which these households are; unit: grids */
  grids: number;
  /** total distance to these households, each by itself; a *mean* in `plan.summary()`; unit: m */
  walk_m: number;
  /** whose deputy the member is; unit: households */
  deputy_households: number;
  /** total distance to the households of the deputy; unit: m */
  deputy_walk_m: number;
  /** all rounds of the cycle; unit: m; null when: no visits are planned */
  visits_cost_m: number | null;
  /** no rounds with these visits cost less; unit: m; null when: no visits are planned */
  visits_lower_bound_m: number | null;
  /** of the rounds; unit: fraction; null when: no visits are planned */
  visits_gap: number | null;
  /** of the rounds; null when: no visits are planned */
  visits_status: "optimal" | "feasible" | "stopped" | null;
  /** how the rounds were found and bounded; null when: no visits are planned */
  visits_method: string | null;
}

/** A row of pairings.json. */
export interface Pairing {
  /** number, from 1 */
  pairing: number;
  /** its first village */
  region: string;
  /** `contact`, `deputy` or `least total` */
  shift: "contact" | "deputy" | "least total";
  /** JSON: names of the region's villages */
  villages: string;
  /** of the pairs; unit: m */
  cost_m: number;
  /** no pairing by the same rules costs less; unit: m */
  lower_bound_m: number;
  /** of the pairs; unit: fraction */
  gap: number;
  /** of the pairs */
  status: "optimal" | "feasible" | "stopped";
  /** how they were found and bounded */
  method: string;
  /** what there is as little of as can be, in words; null when: nothing is avoided */
  avoided: string | null;
  /** JSON: an object of `kind`, `most`, `price`, `over_m` and `prices` for each, most important first; null when: nothing is avoided */
  allowances: string | null;
  /** JSON: prices of `least total`; unit: 0.01 cm; null when: `contact` and `deputy` */
  prices: string | null;
}

/** A row of visits.json. */
export interface Visit {
  /** who goes */
  member: string;
  /** who is visited */
  household: string;
  /** of the cycle, from 1; unit: weeks */
  week: number;
  /** walking day of the week, from 1; unit: days */
  day: number;
  /** such as `2026-09-28`; null when: the rules state no `first_day` */
  date: string | null;
  /** place in the day's round, from 1; unit: stops; null when: by phone */
  stop: number | null;
  /** `door` or `phone` */
  by: "door" | "phone";
}

/** A row of rounds.json. */
export interface Round {
  /** who walks */
  member: string;
  /** of the cycle, from 1; unit: weeks */
  week: number;
  /** walking day of the week, from 1; unit: days */
  day: number;
  /** such as `2026-09-28`; null when: the rules state no `first_day` */
  date: string | null;
  /** households on the round; unit: stops */
  stops: number;
  /** from the member's point through the stops, in their order, and back; unit: m */
  walk_m: number;
}

/** A row of dropped.json. */
export interface DroppedVisits {
  /** who is not visited as often as is due */
  household: string;
  /** in the cycle; unit: visits */
  due: number;
  /** in the cycle; unit: visits */
  planned: number;
  /** why, in numbers */
  reason: string;
}

/** A row of barriers.geojson. */
export interface Barrier {
  /** number, from 1 */
  barrier: number;
}

/** A row of paths.geojson. */
export interface Path {
  /** number, from 1 */
  path: number;
  /** `path`, or `join`: no path, but the straight line to a piece that none connects */
  kind: "path" | "join";
  /** as given, in proportion, else the length of the line; unit: m */
  length_m: number;
}

/** A row of wishes.json. */
export interface Wish {
  /** who is to visit, or not to visit */
  member: string;
  /** `must`, `prefer`, `avoid` or `never` */
  wish: "must" | "prefer" | "avoid" | "never";
  /** the household that is meant; null when: a grid is meant */
  household: string | null;
  /** code of the grid that is meant; null when: a household is meant */
  grid: string | null;
  /** detour that `prefer` or `avoid` is worth; unit: m; null when: `must` and `never` */
  weight_m: number | null;
  /** the row in the input, from 1; 0: there was no table */
  row: number;
}

/** A row of officers.geojson. */
export interface Officer {
  /** id */
  officer: string;
  /** most villages that the officer can look after; unit: villages */
  capacity: number;
}

/** A row of days_off.json. */
export interface DayOff {
  /** who does not walk; null when: everybody */
  member: string | null;
  /** of the cycle, from 1; unit: weeks; null when: every week, or a date is given */
  week: number | null;
  /** walking day of the week, from 1; unit: days; null when: the whole week, or a date is given */
  day: number | null;
  /** such as `2026-10-01`; null when: week or day are given */
  date: string | null;
  /** the row in the input, from 1; 0: there was no table */
  row: number;
}

/** A row of cases.json. */
export interface Case {
  /** the tree's village */
  village: string;
  /** whose layout it proves: `grids` or `groups` */
  layer: "grids" | "groups";
  /** number of the tree in village and layer, from 1 */
  tree: number;
  /** number of the case in the tree, from 1: the order of the cases */
  case: number;
  /** `closed`, `again`, `count` or `medoid` */
  question: "closed" | "again" | "count" | "medoid";
  /** a group (`count`) or a household (`medoid`); null when: nothing is asked */
  about: number | null;
  /** how many medoids (`count`), or which (`medoid`); null when: nothing is asked */
  number: number | null;
  /** JSON: a price per household, in the order of `households`; unit: 0.01 cm */
  prices: string;
  /** JSON: ids of the households (codes of the grids) of the part; null when: it is not the first case */
  households: string | null;
  /** JSON: the two groups that each merge joins; null when: it is not the first case */
  merges: string | null;
}

/** A row of findings.json. */
export interface Finding {
  /** `check` (of the input) or `audit` (of the plan) */
  stage: "check" | "audit";
  /** what kind of finding it is */
  rule: string;
  /** `error`, `repair` (mended or set aside) or `warning` (kept) */
  severity: "error" | "repair" | "warning";
  /** the table or layer it is about */
  table: string;
  /** the row's id; empty: the table as a whole */
  id: string;
  /** the row in the input, from 1; null when: it is about no single row */
  row: number | null;
  /** what was found there */
  value: string;
  /** the finding in a sentence */
  message: string;
}

/** A row of villages.geojson. */
export interface PublicVillage {
  /** id */
  village: string;
  /** drawn in the village; unit: grids */
  grids: number;
  /** in the village; unit: households; null when: too few, or withheld */
  households: number | null;
  /** why the count is not there: such as `fewer than 5`, or `withheld`, since one that is too small would follow from it; null when: it is there */
  households_note: string | null;
}

/** A row of groups.geojson. */
export interface PublicGroup {
  /** code, unique in the town */
  group: string;
  /** the group's village */
  village: string;
  /** in the group; unit: grids */
  grids: number;
}

/** A row of grids.geojson. */
export interface PublicGrid {
  /** code, unique in the town */
  grid: string;
  /** the grid's village */
  village: string;
  /** code of its group of grids; null when: no groups */
  group: string | null;
  /** in the grid; unit: households; null when: too few, or withheld */
  households: number | null;
  /** why the count is not there, as in public_villages; null when: it is there */
  households_note: string | null;
}

/** What is needed to repeat the plan. */
export interface Manifest {
  /** `gridgov plan` */
  schema: "gridgov plan";
  /** version of this contract, `2` */
  schema_version: "2";
  /** the town's metre CRS, an authority code or WKT */
  crs: string;
  /** systems of degrees (wgs84, gcj02, bd09) that were stated of the tables; the layers are never in a shifted one; null when: nothing was stated */
  coords: string | null;
  /** the `Rules` of the plan */
  rules: Record<string, unknown>;
  /** the `Search`, without the workers, which never change a plan */
  search: Record<string, unknown>;
  /** SHA-256 of villages, households, members, barriers, paths, wishes, officers and days off, whatever their order */
  inputs: Record<string, string>;
  /** versions of what can change a plan or its bytes; null when: a package is not installed */
  software: Record<string, string | null>;
}

/** What a public plan is. */
export interface PublicManifest {
  /** `public gridgov plan` */
  schema: "public gridgov plan";
  /** version of this contract, `1` */
  schema_version: "1";
  /** the town's metre CRS, an authority code or WKT */
  crs: string;
  /** fewest that are counted, or live on a piece of ground; unit: households */
  fewest: number;
  /** side of a cell; corners are at multiples of it in that CRS, half a centimetre on; unit: m */
  cell_m: number;
  /** version of gridgov; null when: it is not installed */
  software: Record<string, string | null>;
}

/** The files of a bundle; those with a question mark only where there is something. */
export interface Bundle {
  "villages.geojson": FeatureCollection<Polygon | MultiPolygon | null, Village>;
  "groups.geojson"?: FeatureCollection<Polygon | MultiPolygon | null, Group>;
  "grids.geojson": FeatureCollection<Polygon | MultiPolygon | null, Grid>;
  "households.geojson": FeatureCollection<Point, Household>;
  "members.geojson": FeatureCollection<Point, Member>;
  "pairings.json"?: Pairing[];
  "visits.json"?: Visit[];
  "rounds.json"?: Round[];
  "dropped.json"?: DroppedVisits[];
  "barriers.geojson"?: FeatureCollection<LineString, Barrier>;
  "paths.geojson"?: FeatureCollection<LineString, Path>;
  "wishes.json"?: Wish[];
  "officers.geojson"?: FeatureCollection<Point, Officer>;
  "days_off.json"?: DayOff[];
  "cases.json"?: Case[];
  "findings.json": Finding[];
  "manifest.json": Manifest;
}

/** The files of a public bundle; those with a question mark only where there is something. */
export interface PublicBundle {
  "villages.geojson": FeatureCollection<Polygon | MultiPolygon | null, PublicVillage>;
  "groups.geojson"?: FeatureCollection<Polygon | MultiPolygon | null, PublicGroup>;
  "grids.geojson": FeatureCollection<Polygon | MultiPolygon | null, PublicGrid>;
  "manifest.json": PublicManifest;
}
