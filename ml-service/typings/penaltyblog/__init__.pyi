from penaltyblog import models as models
