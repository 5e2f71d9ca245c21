import type { Pools } from './expand.ts'

/** What every template may draw from. Names in plain letters, so that they can stand in handles. */
export const SHARED: Pools = {
  given: (
    'Ada Abel Agnes Aiko Alma Amir Anouk Arlo Asa Astrid Bao Basil Bela Bruno Carys Cleo Cosmo Dagny Dara Dima Dov Edda ' +
    'Efua Elio Elke Enzo Esme Ezra Fenn Fay Flor Gita Greta Gus Hana Hugo Ida Ilse Imre Ines Ivo Jaya Jonas Juno Kai Kaya ' +
    'Kofi Lars Leda Lena Levi Linus Lotte Luz Mabel Mads Malik Mara Milo Mina Moss Nadia Nell Nia Nils Noor Oda Olek Omar ' +
    'Opal Orla Otis Pavel Petra Pia Quinn Rafa Remy Rosa Rumi Runa Saba Sami Selma Sven Tala Tadeo Tess Thea Tilda Ugo Uma ' +
    'Vera Vito Wanda Wilf Yara Yusuf Zadie Zeno Zora'
  ).split(' '),
  family: (
    'Abara Adler Almeida Aoki Ashby Babic Bello Bergman Blum Bose Brandt Calder Castell Chen Cho Corvo Dahl Dane Diallo Duarte ' +
    'Eklund Farkas Ferro Finch Garrow Gomes Haddad Hale Hartl Holm Iyer Jensen Kato Keane Kessler Klima Koval Lange Larkin ' +
    'Lindqvist Lopes Marek Mbeki Moreau Moss Nakata Novak Obi Okafor Orlov Pace Pereira Quist Rao Reyes Rossi Sand Sato ' +
    'Serrano Silva Stroud Tamm Tanaka Toth Vance Varga Vega Voss Wren Yilmaz Zeller'
  ).split(' '),
  hour: [
    ...[
      'five past four',
      'half past five',
      'ten to six',
      'a quarter to seven',
      'eight sharp',
      'twenty to nine',
    ],
    ...['eleven', 'noon', 'a quarter past two', 'about three', 'half past four', 'six', 'ten past eight'],
    ...['half past nine', 'a quarter to eleven', 'midnight', 'one in the morning'],
  ],
  day: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  season: ['spring', 'summer', 'autumn', 'winter', 'November', 'March', 'August', 'Lent', 'harvest'],
  few: ['two', 'three', 'four', 'five', 'six', 'seven'],
  many: [
    'nine',
    'eleven',
    'fourteen',
    'nineteen',
    'twenty-two',
    'thirty-one',
    'forty',
    'sixty-three',
    'eighty-eight',
  ],
  year: ['1931', '1947', '1954', '1962', '1968', '1973', '1979', '1986', '1991', '1998', '2004', '2011'],
  kin: [
    ...[
      'my mother',
      'my father',
      'my grandmother',
      'my uncle',
      'my sister',
      'my brother',
      'my aunt',
      'my niece',
    ],
    ...['my neighbour', 'my cousin', 'my daughter', 'my old teacher'],
  ],
}
