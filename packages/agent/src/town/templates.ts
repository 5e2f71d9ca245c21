import type { Template } from './template.ts'
import { bees } from './templates/bees.ts'
import { canteen } from './templates/canteen.ts'
import { clocks } from './templates/clocks.ts'
import { coach } from './templates/coach.ts'
import { detective } from './templates/detective.ts'
import { dog } from './templates/dog.ts'
import { ferry } from './templates/ferry.ts'
import { fleuriste } from './templates/fleuriste.ts'
import { ghost } from './templates/ghost.ts'
import { hausmeister } from './templates/hausmeister.ts'
import { knitting } from './templates/knitting.ts'
import { library } from './templates/library.ts'
import { lift } from './templates/lift.ts'
import { maps } from './templates/maps.ts'
import { marrow } from './templates/marrow.ts'
import { minutes } from './templates/minutes.ts'
import { physics } from './templates/physics.ts'
import { plumber } from './templates/plumber.ts'
import { poet } from './templates/poet.ts'
import { referee } from './templates/referee.ts'
import { sento } from './templates/sento.ts'
import { stall } from './templates/stall.ts'
import { station } from './templates/station.ts'
import { taxi } from './templates/taxi.ts'
import { vending } from './templates/vending.ts'

/** Everybody who may live in a town. A new one changes who lives in the towns of all seeds. */
export const TEMPLATES: readonly Template[] = [
  bees,
  canteen,
  clocks,
  coach,
  detective,
  dog,
  ferry,
  fleuriste,
  ghost,
  hausmeister,
  knitting,
  library,
  lift,
  maps,
  marrow,
  minutes,
  physics,
  plumber,
  poet,
  referee,
  sento,
  stall,
  station,
  taxi,
  vending,
]
