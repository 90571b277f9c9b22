/** Pictures for the kinds and amenities that are known by code; any other has a plain one. */
import type { Component } from "svelte";
import type { LucideProps } from "@lucide/svelte";
import AirVent from "@lucide/svelte/icons/air-vent";
import Armchair from "@lucide/svelte/icons/armchair";
import Baby from "@lucide/svelte/icons/baby";
import Bike from "@lucide/svelte/icons/bike";
import BriefcaseMedical from "@lucide/svelte/icons/briefcase-medical";
import CircleDot from "@lucide/svelte/icons/circle-dot";
import ClipboardCheck from "@lucide/svelte/icons/clipboard-check";
import CloudRain from "@lucide/svelte/icons/cloud-rain";
import Coffee from "@lucide/svelte/icons/coffee";
import CupSoda from "@lucide/svelte/icons/cup-soda";
import DoorClosed from "@lucide/svelte/icons/door-closed";
import Droplet from "@lucide/svelte/icons/droplet";
import Droplets from "@lucide/svelte/icons/droplets";
import Flame from "@lucide/svelte/icons/flame";
import Headphones from "@lucide/svelte/icons/headphones";
import Heart from "@lucide/svelte/icons/heart-handshake";
import Heater from "@lucide/svelte/icons/heater";
import House from "@lucide/svelte/icons/house";
import Lock from "@lucide/svelte/icons/lock-keyhole";
import MapPin from "@lucide/svelte/icons/map-pin";
import MessageCircle from "@lucide/svelte/icons/message-circle-more";
import Microwave from "@lucide/svelte/icons/microwave";
import Milk from "@lucide/svelte/icons/milk";
import Phone from "@lucide/svelte/icons/phone-call";
import Plug from "@lucide/svelte/icons/plug";
import Refrigerator from "@lucide/svelte/icons/refrigerator";
import Smartphone from "@lucide/svelte/icons/smartphone-charging";
import Sofa from "@lucide/svelte/icons/sofa";
import Table from "@lucide/svelte/icons/utensils";
import Blinds from "@lucide/svelte/icons/blinds";
import Toilet from "@lucide/svelte/icons/toilet";
import Umbrella from "@lucide/svelte/icons/umbrella";
import Wifi from "@lucide/svelte/icons/wifi";

export type Icon = Component<LucideProps>;

const AMENITIES: Record<string, Icon> = {
  drinking_water: Droplet,
  hot_water: Coffee,
  microwave: Microwave,
  kettle: CupSoda,
  table_chairs: Table,
  sofa: Sofa,
  lockers: Lock,
  heating: Heater,
  air_conditioning: AirVent,
  wifi: Wifi,
  phone_charging: Smartphone,
  toilet: Toilet,
  fridge: Refrigerator,
  first_aid: BriefcaseMedical,
  umbrella: Umbrella,
  raincoat: CloudRain,
  tyre_pump: Bike,
  nursing_chair: Armchair,
  changing_table: Baby,
  wash_basin: Droplets,
  socket: Plug,
  privacy_door: DoorClosed,
  privacy_curtain: Blinds,
  counselling: MessageCircle,
  self_assessment: ClipboardCheck,
  relaxation: Headphones,
  hotline: Phone,
};

const KINDS: Record<string, Icon> = {
  care_station: Flame,
  worker_home: House,
  nursing_room: Milk,
  psych_point: Heart,
};

export function amenityIcon(code: string): Icon {
  return AMENITIES[code] ?? CircleDot;
}

export function kindIcon(code: string): Icon {
  return KINDS[code] ?? MapPin;
}
