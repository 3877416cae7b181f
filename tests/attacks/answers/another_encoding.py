# exercise: 01.3
# tries: say that the source is in an encoding that changes what it says
# proof: 'TRIED' in said or 'Error' in said
# -*- coding: utf-7 -*-
x = "+AAo-import os+AAo-"
if True:
    raise RuntimeError("TRIED @NAME@")
